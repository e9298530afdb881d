import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/open.ts';
import type { Provider } from '../providers/provider.ts';
import {
  type Claimant,
  type ClaimedShipment,
  claimLeftovers,
  claimRetries,
  nextRetryAt,
  otherHolders,
  takeOver,
} from './claim.ts';
import { planAndClaim } from './plan.ts';
import type { Run } from './run.ts';

/** How many shipments are claimed with one commit. */
const BATCH = 512;
/** The next batch is claimed when no more than this is left of the one before. */
const LOW_WATER = 128;
/** While requests are under way, any of them may become something to try again. */
const SHORTEST_LOOK_MS = 20;
/** Another run that holds shipments may end long before its lease. */
const LONGEST_LOOK_MS = 1_000;

/** Where a provider's shipments come from, as long as there are any. */
export interface Source {
  /** The next one to send; undefined when there is nothing more to do. */
  next(): Promise<ClaimedShipment | undefined>;
}

export interface SourceOptions {
  db: Db;
  clock: Clock;
  run: Run;
  provider: Provider;
  intervals: Claimant['intervals'];
  asOf: string;
  stop: AbortSignal;
  /** How many more shipments the run may take up; each one taken up is counted off. */
  budget: { left: number };
  /** Requests under way: what becomes of them may be something to try again. */
  underWay: () => number;
  /** Makes all results so far durable, so that retries among them are found. */
  flush: () => Promise<void>;
  tookUp: (shipments: number, skippedPeriods: number) => void;
}

/**
 * Claims ahead of what is being sent, in this order: retries whose time has come, what dead runs had claimed, what
 * earlier runs left, what is due; and in the end it waits for retries and for leases of runs that may be dead.
 */
export function createSource(options: SourceOptions): Source {
  const { db, clock, run, budget, stop } = options;
  const provider = options.provider.name;
  const claimant = (): Claimant => ({
    run: run.id,
    hold: run.hold(),
    provider,
    intervals: options.intervals,
  });
  let queue: ClaimedShipment[] = [];
  let taken = 0;
  let lookForDead = true;
  let lookedForDeadAt = 0;
  let leftoversAfter: number | undefined = 0;
  let lookForDue = true;
  let filling: Promise<boolean> | undefined;
  /** Leases of other runs as first seen: one that is renewed belongs to a run that is alive. */
  const leases = new Map<number, number>();

  const put = (shipments: readonly ClaimedShipment[]) => {
    queue = queue.slice(taken).concat(shipments);
    taken = 0;
  };
  /** Takes up what `claim` finds, within the run's limit; true where there may be more. */
  const takeUp = async (
    room: number,
    claim: (limit: number) => Promise<{ claimed: ClaimedShipment[]; skippedPeriods?: number }>,
  ): Promise<{ claimed: ClaimedShipment[]; more: boolean }> => {
    const limit = Math.min(room, budget.left);
    if (limit <= 0) return { claimed: [], more: true };
    budget.left -= limit;
    const { claimed, skippedPeriods = 0 } = await claim(limit);
    budget.left += limit - claimed.length;
    options.tookUp(claimed.length, skippedPeriods);
    put(claimed);
    return { claimed, more: claimed.length === limit };
  };

  /** Claims what can be had now; false where that is nothing. */
  const claimMore = async (): Promise<boolean> => {
    const retries = await claimRetries(db, claimant(), clock(), BATCH);
    put(retries);
    let room = BATCH - retries.length;
    if (lookForDead) {
      lookedForDeadAt = clock();
      const dead = await takeUp(room, async (limit) => ({
        claimed: await takeOver(db, claimant(), lookedForDeadAt, limit),
      }));
      lookForDead = dead.more;
      room -= dead.claimed.length;
    }
    const after = leftoversAfter;
    if (after !== undefined) {
      const left = await takeUp(room, async (limit) => ({
        claimed: await claimLeftovers(db, claimant(), after, limit),
      }));
      leftoversAfter = left.more ? Math.max(after, ...left.claimed.map(({ id }) => id)) : undefined;
      room -= left.claimed.length;
    }
    if (lookForDue) {
      const due = await takeUp(room, (limit) =>
        planAndClaim(db, options.provider, claimant(), options.asOf, limit),
      );
      lookForDue = due.more;
      room -= due.claimed.length;
    }
    return room < BATCH;
  };

  /** When it is worth looking again; undefined where nothing can come any more. */
  const nextLook = async (): Promise<number | undefined> => {
    await options.flush();
    const retryAt = await nextRetryAt(db, claimant());
    if (budget.left <= 0) return retryAt;
    const looks = retryAt === undefined ? [] : [retryAt];
    for (const { id, leaseUntil } of await otherHolders(db, claimant())) {
      const first = leases.get(id) ?? leaseUntil;
      leases.set(id, first);
      if (first !== leaseUntil || leaseUntil < lookedForDeadAt) continue;
      lookForDead = true;
      looks.push(leaseUntil + 1);
    }
    return looks.length > 0 ? Math.min(...looks) : undefined;
  };

  const fill = async (): Promise<boolean> => {
    while (!stop.aborted) {
      if (await claimMore()) return true;
      const at = await nextLook();
      if (at === undefined && options.underWay() === 0) return false;
      const longestMs = options.underWay() > 0 ? SHORTEST_LOOK_MS : LONGEST_LOOK_MS;
      const waitMs = Math.min(Math.max((at ?? 0) - clock(), SHORTEST_LOOK_MS), longestMs);
      await sleep(waitMs, undefined, { signal: stop }).catch(() => {});
    }
    return false;
  };
  const refill = () => {
    filling ??= fill().finally(() => {
      filling = undefined;
    });
    return filling;
  };

  return {
    async next() {
      while (!stop.aborted) {
        const shipment = queue[taken];
        if (shipment === undefined) {
          if (!(await refill())) return undefined;
          continue;
        }
        taken += 1;
        // Claiming ahead; when it fails, the next one who waits for it learns why.
        if (queue.length - taken <= LOW_WATER && lookForDue) refill().catch(() => {});
        if (shipment.hold === run.hold()) return shipment;
      }
      return undefined;
    },
  };
}
