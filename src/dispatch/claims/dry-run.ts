import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { unindexed } from '../../db/rows.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ShippingInterval } from '../../vocabulary.ts';
import { isReleasedOrGivenUp } from './claim.ts';
import { type DueCursor, readDue } from './due-orders.ts';

export interface PlannedShipment {
  orderId: string;
  shipmentId: string;
  dueOn: string;
  provider: string;
  skippedPeriods: number;
}

/** An order that no run could plan as it is, and why. */
export interface UnplannableOrder {
  orderId: string;
  unplannable: string;
}

export interface DryRunOptions {
  providers: readonly Pick<Provider, 'name' | 'limits'>[];
  intervals: readonly ShippingInterval[];
  asOf: string;
  limit: number;
  nowMs: number;
}

const PAGE = 1_000;

/** What a run would send, in the order in which it would; reads page by page and writes nothing. */
export async function* planDryRun(
  db: Db,
  options: DryRunOptions,
): AsyncGenerator<PlannedShipment | UnplannableOrder> {
  let left = options.limit;
  for (const provider of options.providers) {
    for await (const shipment of plannedFor(db, provider, options)) {
      if (left === 0) return;
      left -= 1;
      yield shipment;
    }
  }
}

async function* plannedFor(
  db: Db,
  provider: Pick<Provider, 'name' | 'limits'>,
  options: DryRunOptions,
): AsyncGenerator<PlannedShipment | UnplannableOrder> {
  for (const status of ['pending', 'sending'] as const) {
    for (let after = 0; ; ) {
      const page = await readBacklogPage(db, provider.name, status, options, after);
      for (const { id, ...shipment } of page) {
        after = id;
        yield { ...shipment, provider: provider.name, skippedPeriods: 0 };
      }
      if (page.length < PAGE) break;
    }
  }
  for (const interval of options.intervals) {
    let after: DueCursor | undefined;
    for (;;) {
      const page = await readDue(db, provider, interval, options.asOf, PAGE, after);
      for (const { orderId, shipment } of page) {
        if ('unplannable' in shipment) {
          yield { orderId, ...shipment };
          continue;
        }
        const { request, dueOn, skippedPeriods } = shipment;
        yield { orderId, shipmentId: request.shipmentId, dueOn, provider: provider.name, skippedPeriods };
      }
      const last = page.at(-1);
      if (page.length < PAGE || !last) break;
      after = { nextDueOn: last.plannedFrom, id: last.customerOrder };
    }
  }
}

/** What no run holds, or only one that is dead. */
async function readBacklogPage(
  db: Db,
  provider: string,
  status: 'pending' | 'sending',
  { intervals, asOf, nowMs }: DryRunOptions,
  afterId: number,
) {
  // Few are being sent: found by that and sorted, instead of walking along all shipments there ever were.
  const id = status === 'sending' ? unindexed<number>('shipments.id') : sql<number>`shipments.id`;
  return db
    .selectFrom('shipments')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .leftJoin('runs', 'runs.id', 'shipments.run')
    .select(['shipments.id', 'order_id as orderId', 'shipment_id as shipmentId', 'due_on as dueOn'])
    .where('shipments.status', '=', sql.lit(status))
    .where('shipments.provider', '=', provider)
    .where(id, '>', afterId)
    .where('customer_orders.shipping_interval', 'in', intervals)
    .where('customer_orders.active', '=', 1)
    .where('shipments.due_on', '<=', asOf)
    .where(({ or, eb }) => or([isReleasedOrGivenUp(eb), eb('runs.lease_until', '<', nowMs)]))
    .orderBy(id)
    .limit(PAGE)
    .execute();
}
