import { closest, distance } from 'fastest-levenshtein';
import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import type { AttemptOutcome, ShippingInterval } from '../db/tables.ts';
import type { DeliveryService, EventName } from '../providers/provider.ts';
import type { ShipmentStatus } from './status.ts';

/** One customer order and what became of it so far. Times are epoch milliseconds. */
export interface OrderDetail {
  orderId: string;
  provider: string;
  deliveryService: DeliveryService;
  shippingInterval: ShippingInterval;
  startsOn: string;
  nextDueOn: string;
  active: boolean;
  items: { itemId: string; quantity: number; weightGrams: number }[];
  deliveryAddress: {
    recipient: string;
    line1: string;
    line2: string;
    city: string;
    postcode: string;
    country: string;
  };
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
  /** In the order in which they were made. */
  attempts: {
    startedAt: number;
    durationMs: number | null;
    outcome: AttemptOutcome;
    httpStatus: number | null;
    reason: string | null;
  }[];
  /** In the order of their own times. */
  events: { eventName: EventName; eventAt: number; receivedAt: number }[];
}

/** @param id - of an order, with all its shipments, or of one shipment, with that one alone. */
export async function readOrderDetail(db: Db, id: string): Promise<OrderDetail | undefined> {
  const order = await findOrder(db, id);
  if (!order) return undefined;
  const items = await db
    .selectFrom('customer_order_items')
    .select(['item_id as itemId', 'quantity', 'weight_grams as weightGrams'])
    .where('customer_order', '=', order.id)
    .orderBy('position')
    .execute();
  return {
    orderId: order.order_id,
    provider: order.provider,
    deliveryService: order.delivery_service,
    shippingInterval: order.shipping_interval,
    startsOn: order.starts_on,
    nextDueOn: order.next_due_on,
    active: order.active === 1,
    items,
    deliveryAddress: {
      recipient: order.recipient,
      line1: order.line_1,
      line2: order.line_2,
      city: order.city,
      postcode: order.postcode,
      country: order.country,
    },
    shipments: await readShipments(db, order.id, order.order_id === id ? undefined : id),
  };
}

async function findOrder(db: Db, id: string) {
  const orders = db.selectFrom('customer_orders').selectAll('customer_orders');
  return (
    (await orders.where('order_id', '=', id).executeTakeFirst()) ??
    (await orders
      .innerJoin('shipments', 'shipments.customer_order', 'customer_orders.id')
      // One look-up per provider that has shipments, each by the unique (provider, shipment_id).
      .where('shipments.provider', 'in', (query) =>
        query.selectFrom('customer_orders').select('provider').distinct(),
      )
      .where('shipments.shipment_id', '=', id)
      .executeTakeFirst())
  );
}

async function readShipments(
  db: Db,
  customerOrder: number,
  only: string | undefined,
): Promise<ShipmentDetail[]> {
  let query = db
    .selectFrom('shipments')
    .select(['id', 'shipment_id', 'due_on', 'provider', 'status', 'sent_at', 'skipped_periods', 'last_error'])
    .where('customer_order', '=', customerOrder)
    .orderBy('due_on', 'desc');
  if (only !== undefined) query = query.where('shipment_id', '=', only);
  const shipments = await query.execute();
  const ids = JSON.stringify(shipments.map(({ id }) => id));
  const attempts = await db
    .selectFrom('attempts')
    .select([
      'shipment',
      'started_at as startedAt',
      'duration_ms as durationMs',
      'outcome',
      'http_status as httpStatus',
      'reason',
    ])
    .where('shipment', 'in', sql<number>`(select value from json_each(${ids}))`)
    .orderBy('claim')
    .execute();
  const events = await db
    .selectFrom('shipments')
    .innerJoin('tracking_events', (join) =>
      join
        .onRef('tracking_events.provider', '=', 'shipments.provider')
        .onRef('tracking_events.reference', '=', 'shipments.shipment_id'),
    )
    .select([
      'shipments.id as shipment',
      'event_name as eventName',
      'event_at as eventAt',
      'received_at as receivedAt',
    ])
    .where('shipments.id', 'in', sql<number>`(select value from json_each(${ids}))`)
    .orderBy('event_at')
    .orderBy('received_at')
    .execute();
  return shipments.map((row) => ({
    shipmentId: row.shipment_id,
    dueOn: row.due_on,
    provider: row.provider,
    status: row.status,
    sentAt: row.sent_at,
    skippedPeriods: row.skipped_periods,
    lastError: row.last_error,
    attempts: attempts.filter(({ shipment }) => shipment === row.id),
    events: events.filter(({ shipment }) => shipment === row.id),
  }));
}

/** More ids than this are not compared one by one. */
const MOST_CANDIDATES = 10_000;

/** The existing order id that was probably meant, if one is near enough. */
export async function nearestOrderId(db: Db, id: string): Promise<string | undefined> {
  const ids = db.selectFrom('customer_orders').select('order_id').orderBy('order_id').limit(MOST_CANDIDATES);
  const all = await ids.execute();
  // In a larger set those that begin alike.
  const start = id.slice(0, 2);
  const candidates =
    all.length < MOST_CANDIDATES
      ? all
      : await ids.where('order_id', '>=', start).where('order_id', '<', `${start}\u{10ffff}`).execute();
  if (candidates.length === 0) return undefined;
  const nearest = closest(
    id,
    candidates.map(({ order_id }) => order_id),
  );
  return distance(id, nearest) <= Math.max(2, id.length / 3) ? nearest : undefined;
}
