import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/open.ts';
import type { ShippingInterval } from '../db/tables.ts';
import type { Log } from '../log.ts';
import type { Timing } from './timing.ts';

/** How often a request that can't begin looks whether the lease was renewed. */
const LOOK_MS = 100;

/** One execution of ship-due, and its hold on what it has claimed. */
export interface Run {
  /** The row's key. */
  id: number;
  runId: string;
  startedAt: number;
  /**
   * Which hold a claim belongs to. It changes when the lease has lapsed (a process that was stopped for long):
   * whatever was claimed before may be another run's by now and must not be sent.
   */
  hold(): number;
  /**
   * Waits until a request that begins now ends within the lease (it does at once, unless renewing it is delayed).
   * False where what was claimed under `hold` is no longer the run's, or where `stop` came first.
   */
  holds(hold: number, stop: AbortSignal): Promise<boolean>;
  /** Gives back what is claimed and not sent, stops the heartbeat and notes the end. Returns when that happened. */
  finish(): Promise<number>;
}

export async function startRun(
  { db, clock, log }: { db: Db; clock: Clock; log: Log },
  options: { shippingInterval: ShippingInterval | null; asOf: string; timing: Timing },
): Promise<Run> {
  const { timing } = options;
  const runId = randomUUID();
  const startedAt = clock();
  let leaseUntil = startedAt + timing.leaseMs;
  let hold = 1;
  const { id } = await db.transaction().execute((trx) =>
    trx
      .insertInto('runs')
      .values({
        run_id: runId,
        shipping_interval: options.shippingInterval,
        as_of: options.asOf,
        started_at: startedAt,
        lease_ms: timing.leaseMs,
        lease_until: leaseUntil,
      })
      .returning('id')
      .executeTakeFirstOrThrow(),
  );

  const renew = async () => {
    const lapsed = clock() >= leaseUntil;
    const until = await db.transaction().execute(async (trx) => {
      const leaseUntil = clock() + timing.leaseMs;
      if (lapsed) await giveBack(trx, id);
      await trx.updateTable('runs').set({ lease_until: leaseUntil }).where('id', '=', id).execute();
      return leaseUntil;
    });
    if (lapsed) {
      hold += 1;
      log.warn('the run had lost its lease: what it had claimed and not sent was given back', {
        run_id: runId,
      });
    }
    leaseUntil = until;
  };
  let renewal = Promise.resolve();
  const heartbeat = setInterval(() => {
    renewal = renewal.then(renew).catch((error: unknown) => {
      // Sending stops by itself when the lease runs out; the next beat tries again.
      log.warn('the run could not renew its lease', { run_id: runId, error: String(error) });
    });
  }, timing.heartbeatMs);

  return {
    id,
    runId,
    startedAt,
    hold: () => hold,
    async holds(claimedUnder, stop) {
      while (clock() + timing.needsLeaseMs > leaseUntil) {
        if (stop.aborted || claimedUnder !== hold) return false;
        await sleep(LOOK_MS, undefined, { signal: stop }).catch(() => {});
      }
      return claimedUnder === hold;
    },
    async finish() {
      clearInterval(heartbeat);
      await renewal;
      const finishedAt = clock();
      await db.transaction().execute(async (trx) => {
        await giveBack(trx, id);
        await trx
          .updateTable('runs')
          .set({ finished_at: finishedAt, lease_until: finishedAt })
          .where('id', '=', id)
          .execute();
      });
      return finishedAt;
    },
  };
}

/** Leaves to any later run what this one holds and has not sent, or would have tried again. */
async function giveBack(trx: Db, run: number): Promise<void> {
  await trx
    .updateTable('shipments')
    .set({ status: 'pending' })
    .where('run', '=', run)
    .where('status', '=', 'sending')
    .execute();
  await trx
    .updateTable('shipments')
    .set({ next_attempt_at: null })
    .where('run', '=', run)
    .where('status', '=', 'pending')
    .where('next_attempt_at', 'is not', null)
    .execute();
}
