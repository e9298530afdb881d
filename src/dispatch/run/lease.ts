import type { Clock } from '../../clock.ts';
import type { Db } from '../../db/open.ts';
import type { Log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import { giveBack } from '../claims/give-back.ts';
import type { Timing } from './timing.ts';

/** How often a request that can't begin looks whether the lease was renewed. */
const LOOK_MS = 100;

/** A run's hold on what it has claimed, renewed as long as the process lives. */
export interface Lease {
  /**
   * Which epoch a claim belongs to. It changes when the lease has lapsed (a process that was stopped for long): whatever
   * was claimed before may be another run's by now and must not be sent.
   */
  epoch(): number;
  /**
   * Waits until a request that begins now ends within the lease (it does at once, unless renewing it is delayed).
   * False where what was claimed in `epoch` is no longer the run's, or where `stop` came first.
   */
  canSend(epoch: number, stop: AbortSignal): Promise<boolean>;
  /** The same at this instant: to be asked again just before the first byte, since a process can be stopped anywhere. */
  canSendNow(epoch: number): boolean;
  /** Ends renewing it. */
  end(): Promise<void>;
}

export interface LeasedRun {
  /** The row's key. */
  id: number;
  runId: string;
  /** Shipments whose result is not durable yet: never given back, since nobody knows. */
  unrecorded: ReadonlySet<number>;
  /** By the monotonic clock: what the wall clock shows is for people to read, and may jump. */
  leasedUntilMs: number;
}

export function keepLease(
  { db, providers, clock, log }: { db: Db; providers: ReadonlyMap<string, Provider>; clock: Clock; log: Log },
  run: LeasedRun,
  timing: Timing,
): Lease {
  let { leasedUntilMs } = run;
  let epoch = 1;

  const renew = async () => {
    const { untilMs, lapsed } = await db.transaction().execute(async (trx) => {
      // Looked at with the lock held: while this waited for it, another run may have rescued what this one held.
      const lapsed = clock.monotonic() >= leasedUntilMs;
      const untilMs = clock.monotonic() + timing.leaseMs;
      if (lapsed) await giveBack(trx, providers, run.id, run.unrecorded);
      await trx
        .updateTable('runs')
        .set({ lease_until: clock.now() + timing.leaseMs })
        .where('id', '=', run.id)
        .execute();
      return { untilMs, lapsed };
    });
    leasedUntilMs = untilMs;
    if (!lapsed) return;
    epoch += 1;
    log.warn('the run had lost its lease: what it had claimed and not sent was given back', {
      run_id: run.runId,
    });
  };
  const ended = new AbortController();
  const renewing = renewUntil(ended.signal, {
    renew,
    clock,
    log,
    runId: run.runId,
    everyMs: timing.heartbeatMs,
  });
  const isLeased = () => clock.monotonic() + timing.needsLeaseMs <= leasedUntilMs;

  return {
    epoch: () => epoch,
    async canSend(claimedIn, stop) {
      while (!isLeased()) {
        if (stop.aborted || claimedIn !== epoch) return false;
        await clock.sleep(LOOK_MS, stop);
      }
      return claimedIn === epoch;
    },
    canSendNow: (claimedIn) => claimedIn === epoch && isLeased(),
    async end() {
      ended.abort();
      await renewing;
    },
  };
}

async function renewUntil(
  ended: AbortSignal,
  options: { renew: () => Promise<void>; clock: Clock; log: Log; runId: string; everyMs: number },
): Promise<void> {
  for (;;) {
    await options.clock.sleep(options.everyMs, ended);
    if (ended.aborted) return;
    await options.renew().catch((error: unknown) => {
      // Sending stops by itself when the lease runs out; the next beat tries again.
      options.log.warn('the run could not renew its lease', { run_id: options.runId, error: String(error) });
    });
  }
}
