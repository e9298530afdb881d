import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from '../../clock.ts';
import type { Db } from '../../db/open.ts';
import { idsOf } from '../../db/rows.ts';
import type { ShippingInterval } from '../../db/tables.ts';
import type { Log } from '../../log.ts';
import { moveShipments } from '../../shipments/transitions.ts';
import type { Timing } from './timing.ts';

/** How often a request that can't begin looks whether the lease was renewed. */
const LOOK_MS = 100;

/** One execution of ship-due, and its leaseEpoch on what it has claimed. */
export interface Run {
  /** The row's key. */
  id: number;
  runId: string;
  startedAt: number;
  /**
   * Which leaseEpoch a claim belongs to. It changes when the lease has lapsed (a process that was stopped for long):
   * whatever was claimed before may be another run's by now and must not be sent.
   */
  leaseEpoch(): number;
  /**
   * Waits until a request that begins now ends within the lease (it does at once, unless renewing it is delayed).
   * False where what was claimed under `leaseEpoch` is no longer the run's, or where `stop` came first.
   */
  canSend(leaseEpoch: number, stop: AbortSignal): Promise<boolean>;
  /** The same at this instant: to be asked again just before the first byte, since a process can be stopped anywhere. */
  canSendNow(leaseEpoch: number): boolean;
  /** Shipments that were sent and whose result is not durable yet: never given back, since nobody knows. */
  unrecorded: Set<number>;
  /** Stops the heartbeat, gives back what is claimed and not sent, and notes the end. Returns when that happened. */
  finish(): Promise<number>;
}

export async function startRun(
  { db, clock, log }: { db: Db; clock: Clock; log: Log },
  options: { shippingInterval: ShippingInterval | null; asOf: string; timing: Timing },
): Promise<Run> {
  const { timing } = options;
  const runId = randomUUID();
  const startedAt = clock.now();
  // By the monotonic clock: what the wall clock shows is for people to read, and may jump.
  let leasedUntil = 0;
  let leaseEpoch = 1;
  const { id } = await db.transaction().execute((trx) => {
    // From when the lock was had: the wait for it is no part of the lease.
    leasedUntil = clock.monotonic() + timing.leaseMs;
    return trx
      .insertInto('runs')
      .values({
        run_id: runId,
        shipping_interval: options.shippingInterval,
        as_of: options.asOf,
        started_at: startedAt,
        lease_ms: timing.leaseMs,
        lease_until: clock.now() + timing.leaseMs,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
  });

  const unrecorded = new Set<number>();
  const renew = async () => {
    const { until, lapsed } = await db.transaction().execute(async (trx) => {
      // Looked at with the lock held: while this waited for it, another run may have rescued them.
      const lapsed = clock.monotonic() >= leasedUntil;
      const until = clock.monotonic() + timing.leaseMs;
      if (lapsed) await giveBack(trx, id, unrecorded);
      await trx
        .updateTable('runs')
        .set({ lease_until: clock.now() + timing.leaseMs })
        .where('id', '=', id)
        .execute();
      return { until, lapsed };
    });
    if (lapsed) {
      leaseEpoch += 1;
      log.warn('the run had lost its lease: what it had claimed and not sent was given back', {
        run_id: runId,
      });
    }
    leasedUntil = until;
  };
  const ended = new AbortController();
  const beat = async () => {
    for (;;) {
      await clock.sleep(timing.heartbeatMs, ended.signal);
      if (ended.signal.aborted) return;
      await renew().catch((error: unknown) => {
        // Sending stops by itself when the lease runs out; the next beat tries again.
        log.warn('the run could not renew its lease', { run_id: runId, error: String(error) });
      });
    }
  };
  const heartbeat = beat();

  const isLeased = () => clock.monotonic() + timing.needsLeaseMs <= leasedUntil;

  return {
    id,
    runId,
    startedAt,
    leaseEpoch: () => leaseEpoch,
    async canSend(claimedUnder, stop) {
      while (!isLeased()) {
        if (stop.aborted || claimedUnder !== leaseEpoch) return false;
        await clock.sleep(LOOK_MS, stop);
      }
      return claimedUnder === leaseEpoch;
    },
    canSendNow: (claimedUnder) => claimedUnder === leaseEpoch && isLeased(),
    unrecorded,
    async finish() {
      ended.abort();
      await heartbeat;
      const finishedAt = clock.now();
      await db.transaction().execute(async (trx) => {
        await giveBack(trx, id, unrecorded);
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

/** Leaves to any run what this one holds and has not sent, or would have tried again. */
async function giveBack(trx: Db, run: number, unrecorded: ReadonlySet<number>): Promise<void> {
  for (const status of ['sending', 'pending'] as const) {
    const held = trx
      .selectFrom('shipments')
      .select(['id', 'claim'])
      .where('run', '=', run)
      .where('status', '=', sql.lit(status));
    await moveShipments(
      trx,
      'release',
      await (status === 'sending'
        ? held.where('id', 'not in', idsOf([...unrecorded]))
        : held.where('next_attempt_at', 'is not', null)
      ).execute(),
    );
  }
}
