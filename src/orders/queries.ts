import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { rowsTable } from '../db/rows.ts';
import type { CustomerOrder } from './order.ts';
import { itemsColumn, readAddress, readItems } from './rows.ts';
import type { CalendarDate } from './schedule.ts';

/** A customer order as it is stored. */
export interface ScheduledOrder extends CustomerOrder {
  startsOn: CalendarDate;
  nextDueOn: CalendarDate;
  /** Null before the first shipment. */
  lastDueOn: CalendarDate | null;
  /** What was due up to then is not shipped any more: it was not active until later due dates had come. */
  missedUpTo: CalendarDate | null;
  /** Why no run can plan it; null where all is well. */
  problem: string | null;
}

/** With what the database keeps besides. */
export interface StoredOrder extends ScheduledOrder {
  /** The row's key. */
  key: number;
  /** Goes up with each change. */
  version: number;
}

const ORDER_COLUMNS = {
  order_id: 'text',
  provider: 'text',
  delivery_service: 'text',
  shipping_interval: 'text',
  starts_on: 'text',
  next_due_on: 'text',
  missed_up_to: 'text',
  active: 'integer',
  problem: 'text',
  recipient: 'text',
  line_1: 'text',
  line_2: 'text',
  city: 'text',
  postcode: 'text',
  country: 'text',
} as const;

type LoadedRow = Parameters<typeof rowsTable<'loaded', typeof ORDER_COLUMNS>>[2][number];

const ITEM_COLUMNS = {
  customer_order: 'integer',
  position: 'integer',
  item_id: 'text',
  quantity: 'integer',
  weight_grams: 'integer',
} as const;

/** Those of the orders that are stored, by their id. */
export async function findOrders(
  db: Db,
  orderIds: readonly string[],
): Promise<ReadonlyMap<string, StoredOrder>> {
  const wanted = orderIds.map((order_id) => ({ order_id }));
  const rows = await db
    .selectFrom('customer_orders')
    .innerJoin(
      rowsTable('wanted', { order_id: 'text' }, wanted),
      'wanted.order_id',
      'customer_orders.order_id',
    )
    .selectAll('customer_orders')
    .select(itemsColumn().as('items'))
    .execute();
  return new Map(
    rows.map((row) => [
      row.order_id,
      {
        key: row.id,
        version: row.version,
        orderId: row.order_id,
        provider: row.provider,
        deliveryService: row.delivery_service,
        shippingInterval: row.shipping_interval,
        startsOn: row.starts_on,
        nextDueOn: row.next_due_on,
        lastDueOn: row.last_due_on,
        missedUpTo: row.missed_up_to,
        active: row.active === 1,
        problem: row.problem,
        items: readItems(row.items),
        deliveryAddress: readAddress(row),
      },
    ]),
  );
}

/**
 * The orders that rows belong to.
 * @returns the order of a row; throws Error where it is missing.
 */
export async function ordersOf(
  db: Db,
  rows: readonly { orderId: string }[],
): Promise<(row: { orderId: string }) => StoredOrder> {
  const orders = await findOrders(db, [...new Set(rows.map(({ orderId }) => orderId))]);
  return ({ orderId }) => {
    const order = orders.get(orderId);
    if (!order) throw new Error(`the order ${orderId} is missing`);
    return order;
  };
}

/** Inserts orders or, where an order of the same id is stored, replaces it; but the start of a stored one stays. */
export async function saveOrders(trx: Db, orders: readonly ScheduledOrder[]): Promise<void> {
  const rows = orders.map(({ deliveryAddress, ...order }) => ({
    order_id: order.orderId,
    provider: order.provider,
    delivery_service: order.deliveryService,
    shipping_interval: order.shippingInterval,
    starts_on: order.startsOn,
    next_due_on: order.nextDueOn,
    missed_up_to: order.missedUpTo,
    active: order.active ? 1 : 0,
    problem: order.problem,
    recipient: deliveryAddress.recipient,
    line_1: deliveryAddress.line1,
    line_2: deliveryAddress.line2,
    city: deliveryAddress.city,
    postcode: deliveryAddress.postcode,
    country: deliveryAddress.country,
  }));
  await keepFormerAddresses(trx, rows);
  const saved = await trx
    .insertInto('customer_orders')
    .columns(names(ORDER_COLUMNS))
    .expression((query) =>
      query
        .selectFrom(rowsTable('loaded', ORDER_COLUMNS, rows))
        .select(names(ORDER_COLUMNS))
        // Without a condition SQLite takes "on conflict" for the start of a join.
        .where(sql.lit(true)),
    )
    .onConflict((conflict) =>
      conflict.column('order_id').doUpdateSet(({ ref }) => ({
        provider: ref('excluded.provider'),
        delivery_service: ref('excluded.delivery_service'),
        shipping_interval: ref('excluded.shipping_interval'),
        next_due_on: ref('excluded.next_due_on'),
        missed_up_to: ref('excluded.missed_up_to'),
        active: ref('excluded.active'),
        problem: ref('excluded.problem'),
        recipient: ref('excluded.recipient'),
        line_1: ref('excluded.line_1'),
        line_2: ref('excluded.line_2'),
        city: ref('excluded.city'),
        postcode: ref('excluded.postcode'),
        country: ref('excluded.country'),
        version: sql<number>`version + 1`,
      })),
    )
    .returning(['id', 'order_id'])
    .execute();
  await replaceItems(trx, orders, new Map(saved.map(({ id, order_id }) => [order_id, id])));
}

const ADDRESS = ['recipient', 'line_1', 'line_2', 'city', 'postcode', 'country'] as const;

function addressDiffers(one: string, other: string): RawBuilder<SqlBool> {
  const columns = (table: string) => sql.join(ADDRESS.map((column) => sql.ref(`${table}.${column}`)));
  return sql<SqlBool>`((${columns(one)}) <> (${columns(other)}))`;
}

/** What an address was, for the shipments that go or went there. */
async function keepFormerAddresses(trx: Db, rows: readonly LoadedRow[]): Promise<void> {
  await sql`
    insert into former_addresses (customer_order, version, ${sql.join(ADDRESS.map((name) => sql.ref(name)))})
    select id, version, ${sql.join(ADDRESS.map((name) => sql.ref(`stored.${name}`)))}
    from ${rowsTable('loaded', ORDER_COLUMNS, rows)} join customer_orders as stored on stored.order_id = loaded.order_id
    where ${addressDiffers('stored', 'loaded')}
  `.execute(trx);
}

async function replaceItems(
  trx: Db,
  orders: readonly CustomerOrder[],
  keys: ReadonlyMap<string, number>,
): Promise<void> {
  const saved = [...keys.values()].map((id) => ({ id }));
  await trx
    .deleteFrom('customer_order_items')
    .where('customer_order', 'in', (query) =>
      query.selectFrom(rowsTable('saved', { id: 'integer' }, saved)).select(sql<number>`saved.id`.as('id')),
    )
    .execute();
  const rows = orders.flatMap((order) => {
    const customer_order = keys.get(order.orderId) ?? null;
    return order.items.map((item, position) => ({
      customer_order,
      position,
      item_id: item.itemId,
      quantity: item.quantity,
      weight_grams: item.weightGrams,
    }));
  });
  await trx
    .insertInto('customer_order_items')
    .columns(names(ITEM_COLUMNS))
    .expression((query) =>
      query.selectFrom(rowsTable('loaded', ITEM_COLUMNS, rows)).select(names(ITEM_COLUMNS)),
    )
    .execute();
}

function names<Columns extends object>(columns: Columns): (keyof Columns)[] {
  return Object.keys(columns) as (keyof Columns)[];
}
