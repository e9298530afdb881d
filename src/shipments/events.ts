import { sql, type Transaction } from 'kysely';
import { rowsTable } from '../db/rows.ts';
import type { Tables } from '../db/tables.ts';
import type { TrackingEvent } from '../providers/provider.ts';
import { type DatedEvent, latestEvent } from './status.ts';

export interface ReceivedEvent extends Pick<TrackingEvent, 'reference' | 'eventName' | 'eventTimeMs'> {
  provider: string;
  receivedAtMs: number;
  /** The delivery as received. */
  raw: string;
}

export interface EventReceipt {
  /** False where the same event (provider, reference, name, time) was there already. */
  stored: boolean;
  /** Whether we know the shipment that it is about. */
  matched: boolean;
}

/**
 * Stores events and gives their shipments the status that follows, one statement each for all of them.
 * @returns one receipt per event, in the same order; of two equal events in one call the first is stored.
 */
export async function storeEvents(
  trx: Transaction<Tables>,
  events: readonly ReceivedEvent[],
): Promise<EventReceipt[]> {
  const shipments = await findShipments(trx, events);
  const fresh = await insertEvents(trx, events, shipments);
  const affected = new Set<number>();
  const receipts = events.map((event) => {
    const shipment = shipments.get(shipmentKey(event));
    // Deleted, so that a second copy in the same call is a duplicate.
    const stored = fresh.delete(eventKey(event));
    if (stored && shipment !== undefined) affected.add(shipment);
    return { stored, matched: shipment !== undefined };
  });
  await updateStatuses(trx, [...affected]);
  return receipts;
}

/**
 * Joins events that came before their shipment to it, and gives each of these shipments that has events the status of
 * its latest one. To be called in the transaction that records what became of sending them.
 *
 * @param shipmentIds - ids of rows of `shipments`.
 */
export async function applyEvents(trx: Transaction<Tables>, shipmentIds: readonly number[]): Promise<void> {
  await joinWaitingEvents(trx, shipmentIds);
  await updateStatuses(trx, shipmentIds);
}

/** A shipment that was never attempted keeps its status: it is still to be sent, whatever was said about it. */
async function updateStatuses(trx: Transaction<Tables>, shipmentIds: readonly number[]): Promise<void> {
  if (shipmentIds.length === 0) return;
  const latest = [...(await decisiveEvents(trx, shipmentIds))].flatMap(([shipment, events]) => {
    const event = latestEvent(events);
    return event ? [{ shipment, status: event.eventName, received_at: event.receivedAtMs }] : [];
  });
  if (latest.length === 0) return;
  await trx
    .updateTable('shipments')
    .from(rowsTable('latest', { shipment: 'integer', status: 'text', received_at: 'integer' }, latest))
    .set((eb) => ({
      status: sql`latest.status`,
      sent_at: eb.fn.coalesce('shipments.sent_at', 'latest.received_at'),
      next_attempt_at: null,
      last_error: null,
    }))
    .whereRef('shipments.id', '=', 'latest.shipment')
    .whereRef('shipments.status', '<>', 'latest.status')
    .where((eb) =>
      eb.or([
        eb('shipments.status', '<>', 'pending'),
        eb.exists(
          eb.selectFrom('attempts').whereRef('attempts.shipment', '=', 'shipments.id').select('claim'),
        ),
      ]),
    )
    .execute();
}

async function findShipments(
  trx: Transaction<Tables>,
  events: readonly ReceivedEvent[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await trx
    .selectFrom(rowsTable('event', { provider: 'text', reference: 'text' }, events))
    .innerJoin('shipments', (join) =>
      join
        .onRef('shipments.provider', '=', 'event.provider')
        .onRef('shipments.shipment_id', '=', 'event.reference'),
    )
    .select(['shipments.id', 'shipments.provider', 'shipments.shipment_id as reference'])
    .execute();
  return new Map(rows.map((row) => [shipmentKey(row), row.id]));
}

/** @returns the keys of the events that were not there yet. */
async function insertEvents(
  trx: Transaction<Tables>,
  events: readonly ReceivedEvent[],
  shipments: ReadonlyMap<string, number>,
): Promise<Set<string>> {
  const columns = {
    provider: 'text',
    reference: 'text',
    event_at: 'integer',
    event_name: 'text',
    received_at: 'integer',
    shipment: 'integer',
    raw: 'text',
  } as const;
  const rows = events.map((event) => ({
    provider: event.provider,
    reference: event.reference,
    event_at: event.eventTimeMs,
    event_name: event.eventName,
    received_at: event.receivedAtMs,
    shipment: shipments.get(shipmentKey(event)) ?? null,
    raw: event.raw,
  }));
  const inserted = await trx
    .insertInto('tracking_events')
    .columns(['provider', 'reference', 'event_at', 'event_name', 'received_at', 'shipment', 'raw'])
    .expression((eb) =>
      eb
        .selectFrom(rowsTable('event', columns, rows))
        .select(['provider', 'reference', 'event_at', 'event_name', 'received_at', 'shipment', 'raw'])
        // Without a condition SQLite would take the "on" of "on conflict" for a join's.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) =>
      conflict.columns(['provider', 'reference', 'event_at', 'event_name']).doNothing(),
    )
    .returning(['provider', 'reference', 'event_at as eventTimeMs', 'event_name as eventName'])
    .execute();
  return new Set(inserted.map(eventKey));
}

async function joinWaitingEvents(trx: Transaction<Tables>, shipmentIds: readonly number[]): Promise<void> {
  await trx
    .updateTable('tracking_events')
    .from(idsTable(shipmentIds))
    .innerJoin('shipments', 'shipments.id', 'affected.id')
    .set((eb) => ({ shipment: eb.ref('shipments.id') }))
    .where('tracking_events.shipment', 'is', null)
    .whereRef('tracking_events.provider', '=', 'shipments.provider')
    .whereRef('tracking_events.reference', '=', 'shipments.shipment_id')
    .execute();
}

/**
 * Per shipment the events that can be its latest: from the last one that did not lie in the future when it came.
 * A shipment's whole history is never read, however long it is.
 */
async function decisiveEvents(
  trx: Transaction<Tables>,
  shipmentIds: readonly number[],
): Promise<ReadonlyMap<number, DatedEvent[]>> {
  const rows = await trx
    .selectFrom(idsTable(shipmentIds))
    .innerJoin('shipments', 'shipments.id', 'affected.id')
    .innerJoin('tracking_events as event', (join) =>
      join
        .onRef('event.provider', '=', 'shipments.provider')
        .onRef('event.reference', '=', 'shipments.shipment_id'),
    )
    .where('event.event_at', '>=', (eb) =>
      eb.fn.coalesce(
        eb
          .selectFrom('tracking_events as past')
          .select('past.event_at')
          .whereRef('past.provider', '=', 'shipments.provider')
          .whereRef('past.reference', '=', 'shipments.shipment_id')
          .whereRef('past.event_at', '<=', 'past.received_at')
          .orderBy('past.event_at', 'desc')
          .limit(1),
        eb.lit(Number.MIN_SAFE_INTEGER),
      ),
    )
    .select([
      'shipments.id',
      'event.event_name as eventName',
      'event.event_at as eventTimeMs',
      'event.received_at as receivedAtMs',
    ])
    .execute();
  const byShipment = new Map<number, DatedEvent[]>();
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

// Providers, names and times hold no space, so that no two events have the same key.
function eventKey(event: Pick<ReceivedEvent, 'provider' | 'reference' | 'eventTimeMs' | 'eventName'>) {
  return `${event.provider} ${event.eventTimeMs} ${event.eventName} ${event.reference}`;
}

function shipmentKey({ provider, reference }: { provider: string; reference: string }): string {
  return `${provider} ${reference}`;
}
