import { isDeepStrictEqual } from 'node:util';
import type { Db } from '../db/open.ts';
import type { CustomerOrder } from './order.ts';
import { findOrders, type ScheduledOrder, saveOrders } from './queries.ts';
import { type CalendarDate, firstDueAfter } from './schedule.ts';

export interface LoadResult {
  orders: { new: number; changed: number; unchanged: number };
  /** Stored orders that were to start on another day: their start stays. */
  keptStarts: { count: number; firstIds: readonly string[] };
}

const BATCH_SIZE = 1_000;
const MAX_FIRST_IDS = 3;

/**
 * Stores customer orders, all or none. One that is stored already takes over what changed, but neither its start nor
 * what was planned or shipped: where the interval changes, the next due date is the first one of the new calendar after
 * the last one that was planned, so that a change that is taken back leaves no trace.
 *
 * @param orders - each id at most once; read as it is stored, so it may be of any length.
 * @param today - where an order without a start begins.
 * @param followUp - told in the same transaction, by their keys, of those that have shipments, changed or not: what could
 * not follow a change then may follow it now.
 */
export async function loadOrders(
  db: Db,
  orders: Iterable<CustomerOrder>,
  today: CalendarDate,
  followUp?: (trx: Db, orderKeys: readonly number[]) => Promise<void>,
): Promise<LoadResult> {
  return db.transaction().execute(async (trx) => {
    const counts = { new: 0, changed: 0, unchanged: 0 };
    const keptStarts = { count: 0, firstIds: [] as string[] };
    for (const batch of batches(orders, BATCH_SIZE)) {
      const ids = batch.map((order) => order.orderId);
      const stored = await findOrders(trx, ids);
      const saves: ScheduledOrder[] = [];
      const planned: number[] = [];
      for (const order of batch) {
        const old = stored.get(order.orderId);
        if (!old) {
          const startsOn = order.startsOn ?? today;
          saves.push({
            ...order,
            startsOn,
            nextDueOn: startsOn,
            lastDueOn: null,
            missedUpTo: null,
            problem: null,
          });
          counts.new += 1;
          continue;
        }
        if (order.startsOn !== undefined && order.startsOn !== old.startsOn) {
          keptStarts.count += 1;
          if (keptStarts.firstIds.length < MAX_FIRST_IDS) keptStarts.firstIds.push(order.orderId);
        }
        const next = {
          ...order,
          startsOn: old.startsOn,
          nextDueOn: nextDueOn(old, order),
          lastDueOn: old.lastDueOn,
          missedUpTo: old.missedUpTo,
          problem: null,
        };
        if (next.active && !old.active && next.nextDueOn <= today) next.missedUpTo = old.lastDueOn;
        const { key, version: _version, ...before } = old;
        if (old.lastDueOn !== null) planned.push(key);
        if (isDeepStrictEqual(next, before)) {
          counts.unchanged += 1;
          continue;
        }
        saves.push(next);
        counts.changed += 1;
      }
      if (saves.length > 0) await saveOrders(trx, saves);
      if (planned.length > 0) await followUp?.(trx, planned);
    }
    return { orders: counts, keptStarts };
  });
}

function nextDueOn(old: ScheduledOrder, { shippingInterval }: CustomerOrder): CalendarDate {
  return shippingInterval === old.shippingInterval
    ? old.nextDueOn
    : firstDueAfter(old.startsOn, shippingInterval, old.lastDueOn);
}

function* batches<T>(all: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const one of all) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
