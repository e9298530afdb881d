import type { Db } from '../../src/db/open.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { LookUp, Provider, RepeatedOrders } from '../../src/providers/provider.ts';
import { readOrderDetail } from '../../src/shipments/order-detail.ts';
import { anOrder } from '../support/factories.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY } from './support.ts';

/** A database with these orders, due on `DAY`. */
export async function shopWith(...orderIds: string[]): Promise<Db> {
  const { db } = await temporaryDatabase();
  const orders = orderIds.map((order_id) => anOrder({ order_id, starts_on: DAY }));
  const known = new Map([['fictional', fictional]]);
  await loadOrders(db, readOrders(Buffer.from(JSON.stringify(orders)), 'test', known), DAY);
  return db;
}

/** The brief's provider, but for how it takes orders that come again, and what else a test changes. */
export function aProvider(repeatedOrders: RepeatedOrders, overrides: Partial<Provider> = {}): Provider {
  return { ...fictional, repeatedOrders, ...overrides };
}

/** Asked for an order by its id: 200 has it, 404 has it not. */
export const LOOK_UP: { kind: 'look-up' } & LookUp = {
  kind: 'look-up',
  settleSeconds: 0,
  request: (shipmentId) => ({ method: 'GET', path: `/orders/${shipmentId}`, headers: {} }),
  reading: ({ status }) => ({ kind: status === 200 ? 'has-it' : status === 404 ? 'has-it-not' : 'unclear' }),
};

/** The one shipment that an order has. */
export async function shipmentOf(db: Db, orderId: string) {
  const order = await readOrderDetail(db, orderId);
  const [shipment] = order?.shipments ?? [];
  if (!shipment) throw new Error(`${orderId} has no shipment`);
  return shipment;
}

/** What a provider from outside may make, whatever the type of its function says. */
export function untyped<T>(value: unknown): T {
  return JSON.parse('0', () => value);
}
