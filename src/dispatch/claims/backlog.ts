import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { INTERVAL_NAMES, type ShippingInterval } from '../../vocabulary.ts';

/** All intervals in the order in which they are claimed, or the one. */
export function intervalsOf(interval: ShippingInterval | null): readonly ShippingInterval[] {
  return interval === null ? INTERVAL_NAMES : [interval];
}

/** What is due and not sent. */
export interface Backlog {
  /** Orders that no run has planned yet. */
  dueOrders: number;
  /** Shipments left to the next run. */
  pending: number;
  /** Shipments that another run holds. */
  sending: number;
}

/** Of one provider and these intervals. */
export async function readBacklog(
  db: Db,
  provider: string,
  intervals: readonly ShippingInterval[],
  asOf: string,
): Promise<Backlog> {
  const { dueOrders } = await db
    .selectFrom('order_counts')
    .select(sql<number>`coalesce(sum(orders), 0)`.as('dueOrders'))
    .where('provider', '=', provider)
    .where('shipping_interval', 'in', intervals)
    .where('active', '=', 1)
    .where('blocked', '=', 0)
    .where('next_due_on', '<=', asOf)
    .executeTakeFirstOrThrow();
  const backlog = { dueOrders, pending: 0, sending: 0 };
  for (const status of ['pending', 'sending'] as const) {
    const { shipments } = await db
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select(({ fn }) => fn.countAll<number>().as('shipments'))
      .where('shipments.status', '=', sql.lit(status))
      .where('shipments.provider', '=', provider)
      .where('customer_orders.shipping_interval', 'in', intervals)
      .where('customer_orders.active', '=', sql.lit(1))
      .where('shipments.due_on', '<=', asOf)
      .executeTakeFirstOrThrow();
    backlog[status] += shipments;
  }
  return backlog;
}

/**
 * What a run could find to do: of which providers, by name, and at most how many shipments. It may turn out that some of
 * it, or all, is for another day.
 */
export async function workOfProviders(
  db: Db,
  intervals: readonly ShippingInterval[],
  asOf: string,
): Promise<ReadonlyMap<string, number>> {
  const due = await db
    .selectFrom('order_counts')
    .select(({ fn }) => ['provider', fn.sum<number>('orders').as('shipments')])
    .where('shipping_interval', 'in', intervals)
    .where('active', '=', 1)
    .where('blocked', '=', 0)
    .where('orders', '>', 0)
    .where('next_due_on', '<=', asOf)
    .groupBy('provider')
    .execute();
  const open = await db
    .selectFrom('shipment_counts')
    .select(['provider', 'shipments'])
    .where('status', 'in', ['pending', 'sending'])
    .where('shipments', '>', 0)
    .execute();
  const work = new Map<string, number>();
  for (const { provider, shipments } of [...due, ...open]) {
    work.set(provider, (work.get(provider) ?? 0) + shipments);
  }
  return work;
}
