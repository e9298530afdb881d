import type { Clock } from '../../clock.ts';
import type { NotClaimed } from '../../shipments/follow-order.ts';
import type { Claimant, ClaimedShipment } from '../claims/claim.ts';
import type { Store } from '../claims/store.ts';
import type { Budget } from '../run/limit.ts';
import { watchLiveness } from '../run/liveness.ts';
import type { Run } from '../run/run.ts';
import type { Tally } from '../summary/tally.ts';

/** How often to look for dead runs; another run that holds shipments may also end long before its lease. */
export const LONGEST_LOOK_MS = 1_000;

export interface ClaimContext {
  store: Store;
  clock: Clock;
  run: Run;
  provider: string;
  intervals: Claimant['intervals'];
  asOf: string;
  /** How many more shipments it may claim; each one claimed is counted off. */
  budget: Budget;
  /** Whether a shipment that the provider may have is sent again, if need be after asking. */
  resend: boolean;
  tally: Tally;
}

/** One kind of work. */
interface Step {
  /** @param room - at most so many. */
  claim(room: number): Promise<readonly ClaimedShipment[]>;
}

/** What there is to send, in the order in which it is sent. */
export interface ClaimOrder {
  /** Claims what can be had now, at most so many. */
  claim(room: number): Promise<readonly ClaimedShipment[]>;
  /** Claims what others have given back since the backlog was looked through, and last of all what processes died of. */
  claimLast(room: number): Promise<readonly ClaimedShipment[]>;
  /** Whether orders may be due that no run has planned. */
  mayBeDue(): boolean;
  /** In how long it is worth looking again, milliseconds; undefined where nothing can come any more. */
  nextLookInMs(): Promise<number | undefined>;
}

/**
 * Retries whose time has come, what dead runs held, what earlier runs left and never failed, what is due, the rest of what
 * they left: shipments that always fail must not keep the others waiting. In the end come, one at a time, shipments that
 * the process may have died of.
 */
export function createClaimOrder(context: ClaimContext): ClaimOrder {
  const dead = fromDeadRuns(context);
  const neverFailed = fromBacklog(context, { failed: false });
  const due = whatIsDue(context);
  const failed = fromBacklog(context, { failed: true });
  const steps: readonly Step[] = [retries(context), dead, neverFailed, due, failed];

  const claim = async (room: number) => {
    const claimed: ClaimedShipment[] = [];
    for (const step of steps) claimed.push(...(await step.claim(room - claimed.length)));
    return withoutStale(context, claimed);
  };
  return {
    claim,
    async claimLast(room) {
      neverFailed.lookAgain();
      failed.lookAgain();
      const claimed = await claim(room);
      if (claimed.length > 0) return claimed;
      const { store } = context;
      const quarantined = await withinLimit(context, 1, () => store.claimQuarantined(claimantOf(context)));
      return withoutStale(context, quarantined.claimed);
    },
    mayBeDue: due.mayBe,
    nextLookInMs: () => nextLookInMs(context, dead),
  };
}

function claimantOf({ run, provider, intervals, asOf }: ClaimContext): Claimant {
  return { run: run.id, leaseEpoch: run.lease.epoch(), provider, intervals, asOf };
}

/** The lease lapsed while this was being claimed: whether before or after the run had given back what it held, nobody knows. */
async function withoutStale(
  { store, run }: ClaimContext,
  claimed: readonly ClaimedShipment[],
): Promise<readonly ClaimedShipment[]> {
  const stale = claimed.filter(({ leaseEpoch }) => leaseEpoch !== run.lease.epoch());
  if (stale.length === 0) return claimed;
  await store.unclaim(stale.map(({ id, claim }) => ({ id, claim })));
  return claimed.filter((shipment) => !stale.includes(shipment));
}

interface Found {
  claimed: readonly ClaimedShipment[];
  skippedPeriods?: number;
  blocked?: readonly unknown[];
  notClaimed?: readonly NotClaimed[];
}

/** Claims within the run's limit; `more` where there may be more than that. */
async function withinLimit(
  { budget, tally }: ClaimContext,
  room: number,
  claim: (limit: number) => Promise<Found>,
): Promise<{ claimed: readonly ClaimedShipment[]; more: boolean }> {
  const limit = Math.min(room, budget.left);
  if (limit <= 0) return { claimed: [], more: true };
  const { claimed, skippedPeriods = 0, blocked = [], notClaimed = [] } = await claim(limit);
  for (const shipment of notClaimed) tally.notClaimed(shipment);
  budget.left -= tally.claimed(claimed, skippedPeriods) + blocked.length;
  return { claimed, more: claimed.length + blocked.length >= limit };
}

/** The run has claimed these before: they are not counted again. */
function retries(context: ClaimContext): Step {
  const { store, clock } = context;
  return {
    claim: async (room) => (await store.claimRetries(claimantOf(context), clock.now(), room)).claimed,
  };
}

function fromDeadRuns(context: ClaimContext): Step & Watching {
  const { store, clock, resend } = context;
  const livenessOf = watchLiveness(clock);
  let lookAtMs = 0;
  return {
    livenessOf,
    lookNow() {
      lookAtMs = 0;
    },
    async claim(room) {
      if (clock.monotonic() < lookAtMs) return [];
      lookAtMs = clock.monotonic() + LONGEST_LOOK_MS;
      const claimed: ClaimedShipment[] = [];
      for (const holder of await store.otherHolders(claimantOf(context))) {
        if (livenessOf(holder).kind !== 'dead') continue;
        const from = await withinLimit(context, room - claimed.length, async (limit) => {
          return store.rescue(claimantOf(context), holder, { nowMs: clock.now(), limit, resend });
        });
        claimed.push(...from.claimed);
        // There is more: no need to wait for it.
        if (from.more) lookAtMs = 0;
      }
      return claimed;
    },
  };
}

interface Watching {
  livenessOf: ReturnType<typeof watchLiveness>;
  lookNow(): void;
}

/** What earlier runs left, by keys, from the first to the last. */
function fromBacklog(context: ClaimContext, { failed }: { failed: boolean }): Step & { lookAgain(): void } {
  const { store, run } = context;
  let afterId: number | undefined = 0;
  // What another run has given up is for the next run, not for one that happens to go on.
  let givenBack = false;
  let leaseEpoch = run.lease.epoch();
  return {
    lookAgain() {
      afterId = 0;
      givenBack = true;
    },
    async claim(room) {
      if (run.lease.epoch() !== leaseEpoch) {
        // The lease had lapsed: what the run gave back is part of the backlog again.
        leaseEpoch = run.lease.epoch();
        afterId = 0;
        givenBack = false;
      }
      if (afterId === undefined) return [];
      const from = { failed, givenBack, afterId };
      const { claimed, more } = await withinLimit(context, room, (limit) =>
        store.claimBacklog(claimantOf(context), { ...from, limit }),
      );
      afterId = more ? Math.max(from.afterId, ...claimed.map(({ id }) => id)) : undefined;
      return claimed;
    },
  };
}

function whatIsDue(context: ClaimContext): Step & { mayBe(): boolean } {
  const { store, tally } = context;
  let mayBe = true;
  return {
    mayBe: () => mayBe,
    async claim(room) {
      if (!mayBe) return [];
      const { claimed, more } = await withinLimit(context, room, async (limit) => {
        const planned = await store.planAndClaim(claimantOf(context), limit);
        for (const order of planned.blocked) tally.rejected(order);
        return planned;
      });
      mayBe = more;
      return claimed;
    },
  };
}

async function nextLookInMs(context: ClaimContext, dead: Watching): Promise<number | undefined> {
  const { store, clock, budget } = context;
  const retryAt = await store.nextRetryAt(claimantOf(context));
  const looks = retryAt === null ? [] : [retryAt - clock.now()];
  if (budget.left > 0) {
    for (const holder of await store.otherHolders(claimantOf(context))) {
      const liveness = dead.livenessOf(holder);
      if (liveness.kind === 'alive') continue;
      if (liveness.kind === 'dead') dead.lookNow();
      looks.push(liveness.kind === 'dead' ? 0 : liveness.knownInMs);
    }
  }
  return looks.length > 0 ? Math.min(...looks) : undefined;
}
