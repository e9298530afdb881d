import type { Clock } from '../../clock.ts';
import type { Claimant, ClaimedShipment } from '../claims/claim.ts';
import type { Store } from '../claims/store.ts';
import type { Budget } from '../run/limit.ts';
import { watchLiveness } from '../run/liveness.ts';
import type { Run } from '../run/run.ts';
import type { Tally } from '../summary/tally.ts';

/** How many shipments are claimed with one commit. */
const BATCH = 256;
/** While shipments are being sent, any of them may become something to try again. */
const SHORTEST_LOOK_MS = 20;
/** How often to look for dead runs; another run that holds shipments may also end long before its lease. */
const LONGEST_LOOK_MS = 1_000;

/** How far the backlog of earlier runs are claimed: first what never failed, then the rest; undefined at the end. */
interface BacklogPass {
  failed: boolean;
  /** Only what its run gave back: what it gave up is for the next run, not for one that happens to go on. */
  givenBack: boolean;
  after: number | undefined;
}

/** Where a provider's shipments come from, as long as there are any. */
export interface Source {
  /**
   * The next one to send; undefined when there is nothing more to do.
   * Each is under way until `done` is called for it.
   */
  next(): Promise<ClaimedShipment | undefined>;
  /** Takes one back that was not sent, and gives the one that would have come last; the same if there is none. */
  exchange(shipment: ClaimedShipment): ClaimedShipment;
  done(): void;
  /** Resolves when nothing is being claimed any more; throws what kept it from being claimed. */
  ended(): Promise<void>;
}

export interface SourceOptions {
  store: Store;
  clock: Clock;
  run: Run;
  provider: string;
  intervals: Claimant['intervals'];
  asOf: string;
  stop: AbortSignal;
  /** How many more shipments it may claim; each one claimed is counted off. */
  budget: Budget;
  /** Requests under way at the same time. */
  concurrency: number;
  /** Whether a shipment that the provider may have is sent again, if need be after asking. */
  resend: boolean;
  /** Makes all results so far durable, so that retries among them are found. */
  flush: () => Promise<void>;
  tally: Tally;
}

/**
 * Claims ahead of what is being sent, in this order: retries whose time has come, what dead runs held, what earlier
 * runs left and never failed, what is due, the rest of what they left. In the end it waits for retries and for leases of runs that may be dead, and last of all
 * come, one at a time, shipments that the process may have died of.
 */
export function createSource(options: SourceOptions): Source {
  const { store, clock, run, provider, budget, stop, tally, resend } = options;
  // Where a repeated order is not recognised, all that was claimed is in doubt when the process dies: then no more is
  // claimed with one commit than is sent at once.
  const batch = resend ? BATCH : options.concurrency;
  // While one batch is sent the next is claimed.
  const ahead = resend ? batch : batch / 4;
  const livenessOf = watchLiveness(clock);
  let queue: ClaimedShipment[] = [];
  let taken = 0;
  let underWay = 0;
  let lookForDeadAt = 0;
  let leaseEpoch = run.leaseEpoch();
  let backlog: BacklogPass = { failed: false, givenBack: false, after: 0 };
  let lookForDue = true;
  let filling: Promise<boolean> | undefined;

  const { intervals, asOf } = options;
  const claimant = (): Claimant => ({
    run: run.id,
    leaseEpoch: run.leaseEpoch(),
    provider,
    intervals,
    asOf,
    nowMs: clock.now(),
  });
  const put = async (claimed: readonly ClaimedShipment[]) => {
    const held = claimed.filter((shipment) => shipment.leaseEpoch === run.leaseEpoch());
    // The lease lapsed while this was being claimed: whether before or after the run had given back what it held, nobody knows.
    const stale = claimed.filter((shipment) => shipment.leaseEpoch !== run.leaseEpoch());
    if (stale.length > 0)
      await store.unclaim(
        run.id,
        stale.map(({ id, claim }) => ({ id, claim })),
      );
    queue = queue.slice(taken).concat(held);
    taken = 0;
  };
  /** Claims what `claim` finds, within the run's limit. */
  const claimWithinLimit = async (
    room: number,
    claim: (
      limit: number,
    ) => Promise<{ claimed: ClaimedShipment[]; skippedPeriods?: number; blocked?: unknown[] }>,
  ) => {
    const limit = Math.min(room, budget.left);
    if (limit <= 0) return { claimed: [], more: true };
    const { claimed, skippedPeriods = 0, blocked = [] } = await claim(limit);
    budget.left -= tally.claimed(claimed, skippedPeriods) + blocked.length;
    await put(claimed);
    return { claimed, more: claimed.length + blocked.length >= limit };
  };

  /** Claims what can be had now; false where that is nothing. */
  const claimMore = async (): Promise<boolean> => {
    const retries = await store.claimRetries(claimant(), clock.now(), batch);
    await put(retries);
    let room = batch - retries.length;
    room -= await rescueFromDead(room);
    if (run.leaseEpoch() !== leaseEpoch) {
      // The lease had lapsed: what the run gave back is among the backlog again.
      leaseEpoch = run.leaseEpoch();
      backlog = { failed: false, givenBack: false, after: 0 };
    }
    // What never failed goes first: shipments that always fail must not keep the others waiting.
    if (!backlog.failed) room -= await claimFromBacklog(room);
    if (lookForDue) {
      const due = await claimWithinLimit(room, async (limit) => {
        const planned = await store.planAndClaim(claimant(), limit);
        for (const order of planned.blocked) tally.rejected(order);
        return planned;
      });
      lookForDue = due.more;
      room -= due.claimed.length;
    }
    if (backlog.failed) room -= await claimFromBacklog(room);
    return room < batch;
  };

  /** Claims from the backlog, in two passes by their ids; returns how many it claimed. */
  const claimFromBacklog = async (room: number): Promise<number> => {
    const { failed, givenBack, after } = backlog;
    if (after === undefined) return 0;
    const left = await claimWithinLimit(room, async (limit) => ({
      claimed: await store.claimBacklog(claimant(), { failed, givenBack, afterId: after, limit }),
    }));
    if (left.more)
      backlog = { failed, givenBack, after: Math.max(after, ...left.claimed.map(({ id }) => id)) };
    else backlog = { failed: true, givenBack, after: failed ? undefined : 0 };
    return left.claimed.length;
  };

  /** Rescues what runs held that are dead, if it is time to look for them; returns how many it claimed. */
  const rescueFromDead = async (room: number): Promise<number> => {
    if (clock.monotonic() < lookForDeadAt) return 0;
    lookForDeadAt = clock.monotonic() + LONGEST_LOOK_MS;
    let claimed = 0;
    for (const holder of await store.otherHolders(claimant())) {
      if (livenessOf(holder).kind !== 'dead') continue;
      const from = await claimWithinLimit(room - claimed, async (limit) => {
        const rescued = await store.rescue(claimant(), holder, { nowMs: clock.now(), limit, resend });
        for (const shipment of rescued.uncertain) tally.uncertain(shipment);
        return rescued;
      });
      claimed += from.claimed.length;
      // There is more: no need to wait for it.
      if (from.more) lookForDeadAt = 0;
    }
    return claimed;
  };

  /** In how long it is worth looking again; undefined where nothing can come any more. */
  const nextLookInMs = async (): Promise<number | undefined> => {
    await options.flush();
    const retryAt = await store.nextRetryAt(claimant());
    const looks = retryAt === null ? [] : [retryAt - clock.now()];
    if (budget.left > 0) {
      for (const holder of await store.otherHolders(claimant())) {
        const liveness = livenessOf(holder);
        if (liveness.kind === 'dead') lookForDeadAt = 0;
        if (liveness.kind !== 'alive') looks.push(liveness.kind === 'dead' ? 0 : liveness.knownInMs);
      }
    }
    return looks.length > 0 ? Math.min(...looks) : undefined;
  };

  const fill = async (): Promise<boolean> => {
    while (!stop.aborted) {
      if (await claimMore()) return true;
      // Before the look: what ends during it may have become something to try again.
      const idle = underWay === 0;
      const inMs = await nextLookInMs();
      if (inMs === undefined && idle) {
        // Another run may have given something back since the last look.
        backlog = { failed: false, givenBack: true, after: 0 };
        if (await claimMore()) return true;
        const quarantined = await claimWithinLimit(1, async () => ({
          claimed: await store.claimQuarantined(claimant()),
        }));
        return quarantined.claimed.length > 0;
      }
      const longestMs = underWay > 0 ? SHORTEST_LOOK_MS : LONGEST_LOOK_MS;
      const waitMs = Math.min(Math.max(inMs ?? 0, SHORTEST_LOOK_MS), longestMs);
      await clock.sleep(waitMs, stop);
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
        underWay += 1;
        // Claiming ahead; when it fails, the next one who waits for it learns why.
        if (queue.length - taken <= ahead && lookForDue) refill().catch(() => {});
        return shipment;
      }
      return undefined;
    },
    exchange(shipment) {
      const last = queue.length > taken ? queue.pop() : undefined;
      if (last === undefined) return shipment;
      if (taken === 0) queue.unshift(shipment);
      else queue[--taken] = shipment;
      return last;
    },
    done() {
      underWay -= 1;
    },
    async ended() {
      await filling;
    },
  };
}
