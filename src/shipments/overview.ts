import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import type { ShipmentCountsTable, ShippingInterval } from '../db/tables.ts';
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
  /** By name: those that orders or shipments belong to. */
  providers: ReadonlyMap<string, ProviderOverview>;
  unmatchedEvents: number;
}

export interface ProviderOverview {
  activeOrders: number;
  dueOrders: number;
  shipments: Record<ShipmentStatus, number>;
  /** Until when it asked to be left alone, epoch milliseconds; null where it did not, or the time is over. */
  pausedUntil: number | null;
}

/** Where everything stands, from the counts that the database keeps: it takes no longer for millions of shipments. */
export async function readOverview(db: Db, today: string, nowMs: number): Promise<Overview> {
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
    shipments: countsOf(await readShipmentCounts(db)),
    providers: await readProviders(db, today, nowMs),
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

type ShipmentCount = Selectable<ShipmentCountsTable>;

function readShipmentCounts(db: Db): Promise<ShipmentCount[]> {
  return db.selectFrom('shipment_counts').selectAll().where('shipments', '>', 0).execute();
}

function countsOf(counted: readonly ShipmentCount[]): Record<ShipmentStatus, number> {
  const counts = SHIPMENT_STATUSES.map((status) => [
    status,
    counted.reduce((sum, each) => (each.status === status ? sum + each.shipments : sum), 0),
  ]);
  return Object.fromEntries(counts);
}

async function readProviders(
  db: Db,
  today: string,
  nowMs: number,
): Promise<ReadonlyMap<string, ProviderOverview>> {
  const orders = await db
    .selectFrom('order_counts')
    .select([
      'provider',
      sql<number>`sum(orders)`.as('active'),
      sql<number>`coalesce(sum(orders) filter (where next_due_on <= ${today} and set_aside = 0), 0)`.as(
        'due',
      ),
    ])
    .where('active', '=', 1)
    .where('orders', '>', 0)
    .groupBy('provider')
    .execute();
  const shipments = await readShipmentCounts(db);
  const pauses = await db
    .selectFrom('provider_pauses')
    .selectAll()
    .where('paused_until', '>', nowMs)
    .execute();
  const names = new Set([...orders, ...shipments].map(({ provider }) => provider));
  return new Map(
    [...names].sort().map((name): [string, ProviderOverview] => {
      const own = orders.find(({ provider }) => provider === name);
      return [
        name,
        {
          activeOrders: own?.active ?? 0,
          dueOrders: own?.due ?? 0,
          shipments: countsOf(shipments.filter(({ provider }) => provider === name)),
          pausedUntil: pauses.find(({ provider }) => provider === name)?.paused_until ?? null,
        },
      ];
    }),
  );
}
