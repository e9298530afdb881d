import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import type { ShippingInterval } from '../db/tables.ts';

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
    .where('set_aside', '=', 0)
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

/** Whether a run could find anything to do for a provider; it may turn out that all of it is for another day. */
export async function hasWork(
  db: Db,
  provider: string,
  intervals: readonly ShippingInterval[],
  asOf: string,
): Promise<boolean> {
  for (const interval of intervals) {
    const due = await db
      .selectFrom('customer_orders')
      .select('id')
      .where('active', '=', sql.lit(1))
      .where('problem', 'is', null)
      .where('provider', '=', provider)
      .where('shipping_interval', '=', interval)
      .where('next_due_on', '<=', asOf)
      .limit(1)
      .executeTakeFirst();
    if (due) return true;
  }
  for (const status of ['pending', 'sending'] as const) {
    const open = await db
      .selectFrom('shipments')
      .select('id')
      .where('status', '=', sql.lit(status))
      .where('provider', '=', provider)
      .limit(1)
      .executeTakeFirst();
    if (open) return true;
  }
  return false;
}
