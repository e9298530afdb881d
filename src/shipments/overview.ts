import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import type { ShippingInterval } from '../db/tables.ts';
import { SHIPMENT_STATUSES, type ShipmentStatus } from './status.ts';
import { countUnmatched } from './unmatched.ts';

export interface IntervalOverview {
  active: number;
  due: number;
  /** Null where no order is active. */
  nextDueOn: string | null;
}

export interface Overview {
  totalOrders: number;
  /** Orders that no run can plan as they are stored. */
  ordersSetAside: number;
  intervals: Record<ShippingInterval, IntervalOverview>;
  shipments: Record<ShipmentStatus, number>;
  unmatchedEvents: number;
}

/** Where everything stands, from the counts that the database keeps: it takes no longer for millions of shipments. */
export async function readOverview(db: Db, today: string): Promise<Overview> {
  const { totalOrders, ordersSetAside } = await db
    .selectFrom('order_counts')
    .select([
      sql<number>`coalesce(sum(orders), 0)`.as('totalOrders'),
      sql<number>`coalesce(sum(orders * set_aside), 0)`.as('ordersSetAside'),
    ])
    .executeTakeFirstOrThrow();
  return {
    totalOrders,
    ordersSetAside,
    intervals: {
      weekly: await readInterval(db, 'weekly', today),
      monthly: await readInterval(db, 'monthly', today),
    },
    shipments: await countShipments(db),
    unmatchedEvents: await countUnmatched(db),
  };
}

async function readInterval(db: Db, interval: ShippingInterval, today: string): Promise<IntervalOverview> {
  return db
    .selectFrom('order_counts')
    .select(({ fn }) => [
      sql<number>`coalesce(sum(orders), 0)`.as('active'),
      sql<number>`coalesce(sum(orders) filter (where next_due_on <= ${today} and set_aside = 0), 0)`.as(
        'due',
      ),
      fn.min<string | null>('next_due_on').as('nextDueOn'),
    ])
    .where('active', '=', 1)
    .where('shipping_interval', '=', interval)
    .where('orders', '>', 0)
    .executeTakeFirstOrThrow();
}

async function countShipments(db: Db): Promise<Record<ShipmentStatus, number>> {
  const counted = await db.selectFrom('shipment_counts').select(['status', 'shipments']).execute();
  const found = new Map(counted.map(({ status, shipments }) => [status, shipments]));
  const counts = SHIPMENT_STATUSES.map((status) => [status, found.get(status) ?? 0]);
  return Object.fromEntries(counts);
}
