import { sql, type Transaction } from 'kysely';
import { rowsTable } from '../db/rows.ts';
import type { Tables } from '../db/tables.ts';
import { EVENT_NAMES, type TrackingEvent } from '../providers/provider.ts';
import { cancelReplacements } from './cancel-replacements.ts';
import { type DatedEvent, latestEvent } from './status.ts';

export interface ReceivedEvent
  extends Pick<TrackingEvent, 'reference' | 'code' | 'eventName' | 'eventTimeMs'> {
  provider: string;
  receivedAtMs: number;
  /** What was received about it. */
  raw: string;
}

/** What makes two deliveries the same event. */
type EventIdentity = Pick<ReceivedEvent, 'provider' | 'reference' | 'eventTimeMs' | 'code'>;

export interface EventReceipt {
  /** False where the same event (provider, reference, code, time) was there already. */
  stored: boolean;
  /** Whether we know the shipment that it is about. */
  matched: boolean;
}

/** An event of which we may not know what it means. */
interface CodedEvent extends Omit<DatedEvent, 'eventName'>, Pick<TrackingEvent, 'eventName'> {
  /** The shipment that was planned in place of the event's own. */
  supersededBy: number | null;
}

/** The shipment that the row `event` is about, by the name that its provider's events use; null where there is none. */
const shipmentOfEvent = sql<number | null>`coalesce(
  (select id from shipments where shipment_id = event.reference and provider = event.provider and tracked_by_number = 0),
  (select max(id) from shipments where tracking_number = event.reference and provider = event.provider and tracked_by_number = 1))`;

/**
 * Stores events and gives their shipments the status that follows, with a few statements for all of them.
 * @returns one receipt per event, in the same order; of two equal events in one call the first is stored.
 */
export async function storeEvents(
  trx: Transaction<Tables>,
  events: readonly ReceivedEvent[],
): Promise<EventReceipt[]> {
  const inserted = new Map((await insertEvents(trx, events)).map((row) => [eventKey(row), row.shipment]));
  await updateStatuses(
    trx,
    [...new Set(inserted.values())].flatMap((shipment) => shipment ?? []),
  );
  const fresh = new Set(inserted.keys());
  // Deleted, so that a second copy in the same call is a duplicate.
  const stored = events.map((event) => fresh.delete(eventKey(event)));
  const known = await knownShipments(
    trx,
    events.filter((_, index) => !stored[index]),
  );
  return events.map((event, index) =>
    stored[index]
      ? { stored: true, matched: inserted.get(eventKey(event)) != null }
      : { stored: false, matched: known.has(shipmentKey(event)) },
  );
}

/**
 * Joins events that came before their shipment to it, and gives each of these shipments that has events the status of
 * its latest one. To be called in the transaction that records what became of sending them.
 *
 * @param shipmentIds - ids of rows of `shipments`.
 */
export async function applyEvents(trx: Transaction<Tables>, shipmentIds: readonly number[]): Promise<void> {
  await sql`
    update tracking_events set shipment = shipments.id
    from ${idsTable(shipmentIds)} join shipments on shipments.id = affected.id
    where tracking_events.shipment is null
      and tracking_events.provider = shipments.provider and tracking_events.reference = shipments.reference
  `.execute(trx);
  await updateStatuses(trx, shipmentIds);
}

/** A shipment of which nothing can have arrived keeps its status: it is still to be sent, whatever was said about it. */
async function updateStatuses(trx: Transaction<Tables>, shipmentIds: readonly number[]): Promise<void> {
  if (shipmentIds.length === 0) return;
  const decisive = await decisiveEvents(trx, shipmentIds);
  const statuses = [...decisive].map(([shipment, events]) => {
    const event = latestEvent(
      events.flatMap(({ eventName, ...rest }) => (eventName ? { eventName, ...rest } : [])),
    );
    // Whatever else a provider says of a shipment, it has it.
    const received = event?.receivedAtMs ?? Math.min(...events.map(({ receivedAtMs }) => receivedAtMs));
    return { shipment, status: event?.eventName ?? 'sent', received_at: received };
  });
  if (statuses.length === 0) return;
  const columns = { shipment: 'integer', status: 'text', received_at: 'integer' } as const;
  await sql`
    update shipments
    set status = latest.status, sent_at = coalesce(sent_at, latest.received_at), next_attempt_at = null, last_error = null
    from ${rowsTable('latest', columns, statuses)}
    where shipments.id = latest.shipment and shipments.status <> latest.status
      and (latest.status <> 'sent' or shipments.sent_at is null)
      and (shipments.status <> 'pending' or exists (select 1 from attempts where attempts.shipment = shipments.id and outcome <> 'unsent'))
  `.execute(trx);
  const superseded = [...decisive].flatMap(([shipment, [event]]) =>
    event?.supersededBy == null ? [] : shipment,
  );
  if (superseded.length > 0) await cancelReplacements(trx, superseded);
}

/** @returns what was not there yet, with the shipment it belongs to. */
async function insertEvents(trx: Transaction<Tables>, events: readonly ReceivedEvent[]) {
  const columns = {
    provider: 'text',
    reference: 'text',
    eventTimeMs: 'integer',
    code: 'text',
    meaning: 'text',
    receivedAtMs: 'integer',
    raw: 'text',
  } as const;
  const { rows } = await sql<EventIdentity & { shipment: number | null }>`
    insert into tracking_events (provider, reference, event_at, code, meaning, received_at, shipment, raw)
    select event.provider, event.reference, event."eventTimeMs", event.code, event.meaning, event."receivedAtMs",
      ${shipmentOfEvent}, event.raw
    from ${rowsTable(
      'event',
      columns,
      events.map((event) => ({ ...event, meaning: meaningOf(event) })),
    )}
    -- Without a condition SQLite would take the next "on" for a join's.
    where true
    on conflict (provider, reference, event_at, code) do nothing
    returning provider, reference, event_at as "eventTimeMs", code, shipment
  `.execute(trx);
  return rows;
}

/** What the code does not say itself. */
function meaningOf({ code, eventName }: ReceivedEvent): string | null {
  if (eventName === code) return null;
  return eventName ?? (EVENT_NAMES.some((name) => name === code) ? '' : null);
}

async function knownShipments(
  trx: Transaction<Tables>,
  events: readonly ReceivedEvent[],
): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const { rows } = await sql<{ provider: string; reference: string }>`
    select provider, reference from ${rowsTable('event', { provider: 'text', reference: 'text' }, events)}
    where ${shipmentOfEvent} is not null
  `.execute(trx);
  return new Set(rows.map(shipmentKey));
}

/**
 * Per shipment the events that can be its latest: from the last one that did not lie in the future when it came.
 * A shipment's whole history is never read, however long it is.
 */
async function decisiveEvents(
  trx: Transaction<Tables>,
  shipmentIds: readonly number[],
): Promise<ReadonlyMap<number, CodedEvent[]>> {
  const { rows } = await sql<CodedEvent & { id: number }>`
    select shipments.id, superseded_by as "supersededBy", event_name as "eventName", event_at as "eventTimeMs", received_at as "receivedAtMs"
    from ${idsTable(shipmentIds)}
      join shipments on shipments.id = affected.id
      join tracking_events as event on event.provider = shipments.provider and event.reference = shipments.reference
    where event_at >= coalesce((
      select past.event_at from tracking_events as past
      where past.provider = shipments.provider and past.reference = shipments.reference
        and past.event_at <= past.received_at and past.event_name is not null
      order by past.event_at desc limit 1
    ), ${Number.MIN_SAFE_INTEGER})
  `.execute(trx);
  const byShipment = new Map<number, CodedEvent[]>();
  for (const { id, ...event } of rows) {
    const events = byShipment.get(id);
    if (events) events.push(event);
    else byShipment.set(id, [event]);
  }
  return byShipment;
}

function idsTable(ids: readonly number[]) {
  return rowsTable(
    'affected',
    { id: 'integer' },
    ids.map((id) => ({ id })),
  );
}

// With the reference's length no two events have the same key, whatever characters they hold.
function eventKey({ provider, eventTimeMs, reference, code }: EventIdentity): string {
  return `${provider} ${eventTimeMs} ${reference.length} ${reference} ${code}`;
}

function shipmentKey({ provider, reference }: { provider: string; reference: string }): string {
  return `${provider} ${reference}`;
}
