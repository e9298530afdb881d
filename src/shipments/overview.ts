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

/** Where everything stands. */
export async function readOverview(db: Db, today: string): Promise<Overview> {
  const { orders } = await db
    .selectFrom('customer_orders')
    .select(({ fn }) => fn.countAll<number>().as('orders'))
    .executeTakeFirstOrThrow();
  const { setAside } = await db
    .selectFrom('customer_orders')
    .select(({ fn }) => fn.countAll<number>().as('setAside'))
    .where('problem', 'is not', null)
    .executeTakeFirstOrThrow();
  return {
    totalOrders: orders,
    ordersSetAside: setAside,
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
    .selectFrom('customer_orders')
    .select(({ fn }) => [
      fn.countAll<number>().as('active'),
      sql<number>`count(*) filter (where next_due_on <= ${today} and problem is null)`.as('due'),
      fn.min<string | null>('next_due_on').as('nextDueOn'),
    ])
    .where('active', '=', sql.lit(1))
    .where('shipping_interval', '=', interval)
    .executeTakeFirstOrThrow();
}

async function countShipments(db: Db): Promise<Record<ShipmentStatus, number>> {
  const counted = await db
    .selectFrom('shipments')
    .select(({ fn }) => ['status', fn.countAll<number>().as('shipments')])
    .where(({ or, eb }) => or([eb('superseded_by', 'is', null), eb('sent_at', 'is not', null)]))
    .groupBy('status')
    .execute();
  const found = new Map(counted.map(({ status, shipments }) => [status, shipments]));
  const counts = SHIPMENT_STATUSES.map((status) => [status, found.get(status) ?? 0]);
  return Object.fromEntries(counts);
}
