import { randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { Db } from '../../db/open.ts';
import type { Log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ShippingInterval } from '../../vocabulary.ts';
import { giveBack } from '../claims/give-back.ts';
import { keepLease, type Lease } from './lease.ts';
import type { Timing } from './timing.ts';

/** One execution of ship-due. */
export interface Run {
  /** The row's key. */
  id: number;
  runId: string;
  startedAt: number;
  lease: Lease;
  /** Shipments that were sent and whose result is not durable yet: never given back, since nobody knows. */
  unrecorded: Set<number>;
  /** Ends the lease, gives back what is claimed and not sent, and notes the end. Returns when that happened. */
  finish(): Promise<number>;
}

export async function startRun(
  context: { db: Db; providers: ReadonlyMap<string, Provider>; clock: Clock; log: Log },
  options: { shippingInterval: ShippingInterval | null; asOf: string; timing: Timing },
): Promise<Run> {
  const { db, providers, clock } = context;
  const { leaseMs } = options.timing;
  const runId = randomUUID();
  const startedAt = clock.now();
  const { id, leasedUntilMs } = await db.transaction().execute(async (trx) => {
    // From when the lock was had: the wait for it is no part of the lease.
    const leasedUntilMs = clock.monotonic() + leaseMs;
    const row = await trx
      .insertInto('runs')
      .values({
        run_id: runId,
        shipping_interval: options.shippingInterval,
        as_of: options.asOf,
        started_at: startedAt,
        lease_ms: leaseMs,
        lease_until: clock.now() + leaseMs,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { ...row, leasedUntilMs };
  });
  const unrecorded = new Set<number>();
  const lease = keepLease(context, { id, runId, unrecorded, leasedUntilMs }, options.timing);
  return {
    id,
    runId,
    startedAt,
    lease,
    unrecorded,
    async finish() {
      await lease.end();
      const finishedAt = clock.now();
      await db.transaction().execute(async (trx) => {
        await giveBack(trx, providers, id, unrecorded);
        // What it could not record is left to be rescued, as from a run that died.
        const finished = unrecorded.size === 0 ? { finished_at: finishedAt } : {};
        await trx
          .updateTable('runs')
          .set({ ...finished, lease_until: finishedAt })
          .where('id', '=', id)
          .execute();
      });
      return finishedAt;
    },
  };
}
