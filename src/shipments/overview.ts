import type { Selectable } from 'kysely';
import type { Db } from '../db/open.ts';
import type { OrderCountsTable, ShipmentCountsTable } from '../db/tables.ts';
import {
  INTERVAL_NAMES,
  SHIPMENT_STATUSES,
  type ShipmentStatus,
  type ShippingInterval,
} from '../vocabulary.ts';
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
  ordersBlocked: number;
  intervals: ReadonlyMap<ShippingInterval, IntervalOverview>;
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
  const orders = await db.selectFrom('order_counts').selectAll().where('orders', '>', 0).execute();
  const shipments = await db.selectFrom('shipment_counts').selectAll().where('shipments', '>', 0).execute();
  const pauses = await db
    .selectFrom('provider_pauses')
    .selectAll()
    .where('paused_until', '>', nowMs)
    .execute();
  const active = orders.filter((each) => each.active === 1);
  const isDue = (each: OrderCount) => each.next_due_on <= today && each.blocked === 0;
  const interval = (wanted: ShippingInterval): IntervalOverview => {
    const own = active.filter(({ shipping_interval }) => shipping_interval === wanted);
    const dates = own.map(({ next_due_on }) => next_due_on).sort();
    return { active: sumOrders(own), due: sumOrders(own.filter(isDue)), nextDueOn: dates[0] ?? null };
  };
  const provider = (name: string): ProviderOverview => {
    const own = active.filter((each) => each.provider === name);
    return {
      activeOrders: sumOrders(own),
      dueOrders: sumOrders(own.filter(isDue)),
      shipments: countsOf(shipments.filter((each) => each.provider === name)),
      pausedUntil: pauses.find((each) => each.provider === name)?.paused_until ?? null,
    };
  };
  const names = new Set([...active, ...shipments].map((each) => each.provider));
  return {
    totalOrders: sumOrders(orders),
    ordersBlocked: sumOrders(orders.filter(({ blocked }) => blocked === 1)),
    intervals: new Map(INTERVAL_NAMES.map((name) => [name, interval(name)])),
    shipments: countsOf(shipments),
    providers: new Map([...names].sort().map((name) => [name, provider(name)])),
    unmatchedEvents: await countUnmatched(db),
  };
}

type OrderCount = Selectable<OrderCountsTable>;

function sumOrders(counted: readonly OrderCount[]): number {
  return counted.reduce((sum, { orders }) => sum + orders, 0);
}

function countsOf(counted: readonly Selectable<ShipmentCountsTable>[]): Record<ShipmentStatus, number> {
  const counts = SHIPMENT_STATUSES.map((status) => [
    status,
    counted.reduce((sum, each) => (each.status === status ? sum + each.shipments : sum), 0),
  ]);
  return Object.fromEntries(counts);
}
