import type { Clock } from '../../clock.ts';
import type { RepeatedOrders } from '../../providers/provider.ts';
import type { ClaimKey } from '../../shipments/transitions.ts';

/** As many time-outs as this, where a provider does not say it: what was cut at the first may be booked after it. */
const SETTLING_TIMEOUTS = 2;

/** How long after an attempt began "not there" can't be believed yet. */
export function settlingMs(repeated: RepeatedOrders, timeoutMs: number): number {
  if (repeated.kind !== 'look-up') return 0;
  return repeated.settleSeconds === undefined ? SETTLING_TIMEOUTS * timeoutMs : repeated.settleSeconds * 1000;
}

/** Which shipments may still come up at a provider that says it does not have them. */
export interface Settling {
  /** An attempt that may have arrived began; by the monotonic clock. */
  began(claimed: ClaimKey, atMs: number): void;
  /**
   * How long "not there" can't be believed, asked now; 0 where it can. It counts from the attempt where this run made it, else
   * from when this is called first: an attempt of another run began before this one claimed the shipment.
   */
  leftMs(claimed: ClaimKey): number;
}

/** Goes by this process's monotonic clock alone: wall times that two processes wrote say nothing of how long ago it was. */
export function createSettling(clock: Clock, settleMs: number): Settling {
  const lastById = new Map<number, { claim: number; untilMs: number }>();
  const keep = ({ id, claim }: ClaimKey, untilMs: number) => void lastById.set(id, { claim, untilMs });
  return {
    began: (claimed, atMs) => keep(claimed, atMs + settleMs),
    leftMs(claimed) {
      const nowMs = clock.monotonic();
      const last = lastById.get(claimed.id);
      // With a claim in between, another run may have sent it meanwhile.
      const isOurs = last !== undefined && claimed.claim - last.claim <= 1;
      const untilMs = isOurs ? last.untilMs : nowMs + settleMs;
      keep(claimed, untilMs);
      return Math.max(0, untilMs - nowMs);
    },
  };
}
