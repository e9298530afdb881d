import { closest, distance } from 'fastest-levenshtein';
import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsOf } from '../db/rows.ts';
import type { CustomerOrder } from '../orders/order.ts';
import { findOrders, type ScheduledOrder, type StoredOrder } from '../orders/queries.ts';
import { readAddress } from '../orders/rows.ts';
import type { AttemptOutcome, Decision, EventName, ShipmentStatus } from '../vocabulary.ts';
import { mayBeAccepted } from './doubt.ts';

/** One customer order and what became of it so far. Times are epoch milliseconds. */
export interface OrderDetail extends ScheduledOrder {
  /** Newest first. */
  shipments: ShipmentDetail[];
}

export interface ShipmentDetail {
  shipmentId: string;
  dueOn: string;
  provider: string;
  status: ShipmentStatus;
  sentAt: number | null;
  skippedPeriods: number;
  lastError: string | null;
  /** The provider's own name for it, where it gave one. */
  trackingNumber: string | null;
  /** In the order in which they were made. */
  attempts: {
    startedAt: number;
    durationMs: number | null;
    outcome: AttemptOutcome;
    httpStatus: number | null;
    reason: string | null;
  }[];
  /** What people decided about it, in order. */
  decisions: { decidedAt: number; decidedBy: string; decision: Decision; reason: string }[];
  /** The edition of the same due date that counts in its place. */
  supersededBy: string | null;
  /** Where it goes or went: the order's address may have changed since it was planned. */
  deliveryAddress: CustomerOrder['deliveryAddress'];
  /** In the order of their own times. */
  events: { code: string; eventName: EventName | null; eventAt: number; receivedAt: number }[];
}

/** @param id - of an order, with all its shipments, or of one shipment, with that one alone. */
export async function readOrderDetail(db: Db, id: string): Promise<OrderDetail | undefined> {
  const found = await findOrder(db, id);
  const order = found && (await findOrders(db, [found.orderId])).get(found.orderId);
  if (!order) return undefined;
  return { ...order, shipments: await readShipments(db, order, order.orderId === id ? undefined : id) };
}

async function findOrder(db: Db, id: string) {
  const orders = db
    .selectFrom('customer_orders')
    .select(['customer_orders.id as key', 'customer_orders.order_id as orderId']);
  return (
    (await orders.where('order_id', '=', id).executeTakeFirst()) ??
    (await orders
      .innerJoin('shipments', 'shipments.customer_order', 'customer_orders.id')
      .where('shipments.shipment_id', '=', id)
      .executeTakeFirst())
  );
}

async function readShipments(
  db: Db,
  order: StoredOrder,
  only: string | undefined,
): Promise<ShipmentDetail[]> {
  let query = db
    .selectFrom('shipments')
    .select([
      'id',
      'shipment_id',
      'due_on',
      'provider',
      'status',
      'sent_at',
      'skipped_periods',
      'last_error',
      'tracking_number',
      'order_version',
    ])
    // What is still to be sent follows its order at the latest when it is claimed.
    .select(sql<0 | 1>`status = 'pending' and not ${mayBeAccepted()}`.as('follows'))
    .select(
      sql<
        string | null
      >`iif(is_current = 1, null, (select newer.shipment_id from shipments newer where newer.customer_order = shipments.customer_order
        and newer.due_on = shipments.due_on and newer.is_current = 1))`.as('superseded_by_id'),
    )
    .where('customer_order', '=', order.key)
    .orderBy('due_on', 'desc')
    .orderBy('id', 'desc');
  if (only !== undefined) query = query.where('shipment_id', '=', only);
  const shipments = await query.execute();
  const ids = idsOf(shipments.map(({ id }) => id));
  const attempts = await readAttempts(db, ids);
  const decisions = await readDecisions(db, ids);
  const events = await readTold(db, ids);
  const addressAt = await readAddresses(db, order);
  return shipments.map((row) => ({
    shipmentId: row.shipment_id,
    dueOn: row.due_on,
    provider: row.provider,
    status: row.status,
    sentAt: row.sent_at,
    skippedPeriods: row.skipped_periods,
    lastError: row.last_error,
    trackingNumber: row.tracking_number,
    attempts: attempts.filter(({ shipment }) => shipment === row.id),
    decisions: decisions.filter(({ shipment }) => shipment === row.id),
    supersededBy: row.superseded_by_id,
    deliveryAddress: row.follows === 1 ? order.deliveryAddress : addressAt(row.order_version),
    events: events.filter(({ shipment }) => shipment === row.id),
  }));
}

function readAttempts(db: Db, shipments: RawBuilder<number>) {
  return db
    .selectFrom('attempts')
    .select([
      'shipment',
      'started_at as startedAt',
      'duration_ms as durationMs',
      'outcome',
      'http_status as httpStatus',
      'reason',
    ])
    .where('shipment', 'in', shipments)
    .orderBy('claim')
    .execute();
}

function readDecisions(db: Db, shipments: RawBuilder<number>) {
  return db
    .selectFrom('decisions')
    .select(['shipment', 'decided_at as decidedAt', 'decided_by as decidedBy', 'decision', 'reason'])
    .where('shipment', 'in', shipments)
    .orderBy('id')
    .execute();
}

function readTold(db: Db, shipments: RawBuilder<number>) {
  return db
    .selectFrom('shipments')
    .innerJoin('tracking_events', (join) =>
      join
        .onRef('tracking_events.provider', '=', 'shipments.provider')
        .onRef('tracking_events.reference', '=', 'shipments.reference')
        .onRef('tracking_events.shipment', '=', 'shipments.id'),
    )
    .select([
      'shipments.id as shipment',
      'code',
      'event_name as eventName',
      'event_at as eventAt',
      'received_at as receivedAt',
    ])
    .where('shipments.id', 'in', shipments)
    .orderBy('event_at')
    .orderBy('received_at')
    .execute();
}

/** @returns the order's address in one of its versions. */
async function readAddresses(db: Db, order: StoredOrder) {
  const former = await db
    .selectFrom('former_addresses')
    .selectAll()
    .where('customer_order', '=', order.key)
    .orderBy('version')
    .execute();
  return (orderVersion: number) => {
    const address = former.find(({ version }) => version >= orderVersion);
    return address ? readAddress(address) : order.deliveryAddress;
  };
}

/** Ids on either side that are compared one by one. */
const NEIGHBOURS = 5_000;

/** The existing order id that was probably meant, if one is near enough. */
export async function nearestOrderId(db: Db, asked: string): Promise<string | undefined> {
  // Of a shipment's id the part before the date is the order's.
  const id = asked.split('.')[0] ?? asked;
  const ids = db.selectFrom('customer_orders').select('order_id').limit(NEIGHBOURS);
  // Those before and after it in the index: of few orders that is all of them.
  const candidates = [
    ...(await ids.where('order_id', '<=', id).orderBy('order_id', 'desc').execute()),
    ...(await ids.where('order_id', '>', id).orderBy('order_id').execute()),
  ];
  if (candidates.length === 0) return undefined;
  const nearest = closest(
    id,
    candidates.map(({ order_id }) => order_id),
  );
  return distance(id, nearest) <= Math.max(2, id.length / 3) ? nearest : undefined;
}
