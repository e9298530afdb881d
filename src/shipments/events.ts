import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsOf, idsTable, rowsTable } from '../db/rows.ts';
import type { TrackingEvent } from '../providers/provider.ts';
import { settleEditions } from './editions.ts';
import {
  CLOCK_TOLERANCE_MS,
  MAY_BE_ACCEPTED,
  readEvents,
  readEvidence,
  statusAfter,
  type ToldEvent,
} from './evidence.ts';
import { moveShipments } from './transitions.ts';

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

/** Of the `shipments` row at hand: when it first began to be sent, as far as that is known; null where it did not. */
const begunAt = sql<number | null>`(select min(started_at) from attempts
  where attempts.shipment = shipments.id and ${MAY_BE_ACCEPTED})`;

/** The same, without attempts of which nobody knows whether they began: what another parcel has is not taken from it for one. */
const surelyBegunAt = sql<number | null>`(select min(started_at) from attempts
  where attempts.shipment = shipments.id and attempts.claim > shipments.moved_claim
    and outcome in ('accepted', 'unanswered'))`;

const tolerance = sql.lit(CLOCK_TOLERANCE_MS);

/**
 * The shipment that the row `event` is about, by the name that its provider's events use; null where there is none. A
 * provider may use a tracking number again: it stands for the last shipment that had begun to be sent by then.
 */
const shipmentOfEvent = sql<number | null>`coalesce(
  (select id from shipments where shipment_id = event.reference and provider = event.provider and tracked_by_number = 0),
  (select id from shipments where tracking_number = event.reference and provider = event.provider
    and tracked_by_number = 1 and ${begunAt} - ${tolerance} <= event.event_at
   order by ${surelyBegunAt} desc, id desc limit 1))`;

/**
 * Stores events and gives their shipments the status that follows, with a few statements for all of them.
 * @returns one receipt per event, in the same order; of two equal events in one call the first is stored.
 */
export async function storeEvents(trx: Db, events: readonly ReceivedEvent[]): Promise<EventReceipt[]> {
  const rows = await insertEvents(trx, events);
  const inserted = new Map(rows.map((row) => [eventKey(row), row.shipment]));
  // What came before has made the status what it is: the new ones are compared with that, and nothing is read again.
  await updateStatuses(
    trx,
    rows.flatMap(({ shipment, ...event }) => (shipment === null ? [] : { shipment, ...event })),
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
export async function applyEvents(trx: Db, shipmentIds: readonly number[]): Promise<void> {
  if (shipmentIds.length === 0) return;
  const formerly = await findMisjoined(trx, shipmentIds);
  await sql`
    update tracking_events set shipment = shipments.id, claim = null
    from ${idsTable('affected', shipmentIds)} join shipments on shipments.id = affected.id
    where tracking_events.provider = shipments.provider and tracking_events.reference = shipments.reference
      and (tracking_events.shipment is null or tracking_events.shipment in ${idsOf(formerly)})
      and (shipments.tracked_by_number = 0 or event_at >= ${begunAt} - ${tolerance})
      and (tracking_events.shipment is null or ${isAboutIt})
  `.execute(trx);
  await updateStatuses(trx, await readEvents(trx, shipmentIds));
  if (formerly.length > 0) await retellStatuses(trx, formerly);
}

/** Events came to a shipment under a number that was not its own: they go to whom they are about, if we know it. */
export async function takeEventsBack(trx: Db, shipment: number, number: string): Promise<void> {
  await trx
    .updateTable('tracking_events')
    .set({ shipment: null, claim: null })
    .where('shipment', '=', shipment)
    .where('reference', '=', number)
    .execute();
  const owners = await trx
    .selectFrom('shipments')
    .select('id')
    .where('tracking_number', '=', number)
    .where('tracked_by_number', '=', 1)
    .orderBy('id', 'desc')
    .execute();
  for (const { id } of owners) await applyEvents(trx, [id]);
  await retellStatuses(trx, [shipment]);
}

/** Of an event and the `shipments` row at hand, where another shipment has the same number. */
const isAboutIt = sql<boolean>`(received_at >= ${surelyBegunAt} and event_at >= ${surelyBegunAt} - ${tolerance})`;

/**
 * Shipments to which events were joined that are about another one: it had begun to be sent when they came, and its answer,
 * with a tracking number that the provider had used before, had not.
 */
async function findMisjoined(trx: Db, shipmentIds: readonly number[]): Promise<number[]> {
  const { rows } = await sql<{ shipment: number }>`
    select distinct tracking_events.shipment
    from ${idsTable('affected', shipmentIds)} join shipments on shipments.id = affected.id
      join tracking_events on tracking_events.provider = shipments.provider
        and tracking_events.reference = shipments.tracking_number
    where shipments.tracked_by_number = 1 and tracking_events.shipment <> shipments.id
      and ${isAboutIt} and ${surelyBegunAt} > coalesce((select min(started_at) from attempts
        where attempts.shipment = tracking_events.shipment and outcome in ('accepted', 'unanswered')), 0)
  `.execute(trx);
  return rows.map(({ shipment }) => shipment);
}

/** Gives shipments from which events were taken the status that is left. */
async function retellStatuses(trx: Db, shipmentIds: readonly number[]): Promise<void> {
  const events = await readEvents(trx, shipmentIds);
  const moves = [...(await readEvidence(trx, shipmentIds)).values()].map((shipment) => {
    const untold = { ...shipment, status: 'sent', statusAt: null } as const;
    const told = statusAfter(
      events.filter((event) => event.shipment === shipment.id),
      untold,
    );
    return {
      id: shipment.id,
      claim: shipment.claim,
      status: 'sent',
      status_at: null,
      sent_at: null,
      ...told,
    };
  });
  await moveShipments(trx, 'track', moves);
}

/** Gives shipments the status that events say; one of which nothing can have arrived is still to be sent. */
async function updateStatuses(trx: Db, events: readonly ToldEvent[]): Promise<void> {
  if (events.length === 0) return;
  const byShipment = new Map<number, ToldEvent[]>();
  for (const event of events) {
    const others = byShipment.get(event.shipment);
    if (others) others.push(event);
    else byShipment.set(event.shipment, [event]);
  }
  const shipments = await readEvidence(trx, [...byShipment.keys()]);
  const moves = [...shipments.values()].flatMap((shipment) => {
    const told = statusAfter(byShipment.get(shipment.id) ?? [], shipment);
    return told ? { id: shipment.id, claim: shipment.claim, hasEditions: shipment.hasEditions, ...told } : [];
  });
  await moveShipments(trx, 'track', moves);
  await settleEditions(
    trx,
    moves.flatMap(({ id, hasEditions }) => (hasEditions === 1 ? id : [])),
  );
}

/** @returns what was not there yet, with the shipment it belongs to. */
async function insertEvents(trx: Db, events: readonly ReceivedEvent[]) {
  const columns = {
    provider: 'text',
    reference: 'text',
    event_at: 'integer',
    code: 'text',
    event_name: 'text',
    received_at: 'integer',
    raw: 'text',
  } as const;
  const { rows } = await sql<EventIdentity & Omit<ToldEvent, 'shipment'> & { shipment: number | null }>`
    insert into tracking_events (provider, reference, event_at, code, event_name, received_at, shipment, claim, raw)
    select event.provider, event.reference, event.event_at, event.code, event.event_name, event.received_at, shipments.id,
      shipments.claim, event.raw
    from ${rowsTable(
      'event',
      columns,
      events.map((event) => ({
        ...event,
        event_at: event.eventTimeMs,
        received_at: event.receivedAtMs,
        event_name: event.eventName,
      })),
    )} left join shipments on shipments.id = ${shipmentOfEvent}
    -- Without a condition SQLite would take the next "on" for a join's.
    where true
    on conflict (provider, reference, event_at, code) do nothing
    returning provider, reference, event_at as "eventTimeMs", code, shipment, claim, event_name as "eventName",
      event_at as "eventAt", received_at as "receivedAt"
  `.execute(trx);
  return rows;
}

async function knownShipments(trx: Db, events: readonly ReceivedEvent[]): Promise<ReadonlySet<string>> {
  if (events.length === 0) return new Set();
  const columns = { provider: 'text', reference: 'text', event_at: 'integer' } as const;
  const named = events.map((event) => ({ ...event, event_at: event.eventTimeMs }));
  const { rows } = await sql<{ provider: string; reference: string }>`
    select provider, reference from ${rowsTable('event', columns, named)} where ${shipmentOfEvent} is not null
  `.execute(trx);
  return new Set(rows.map(shipmentKey));
}

// With the reference's length no two events have the same key, whatever characters they hold.
function eventKey({ provider, eventTimeMs, reference, code }: EventIdentity): string {
  return `${provider} ${eventTimeMs} ${reference.length} ${reference} ${code}`;
}

function shipmentKey({ provider, reference }: { provider: string; reference: string }): string {
  return `${provider} ${reference}`;
}
