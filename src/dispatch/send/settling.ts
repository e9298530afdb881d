import type { Clock } from '../../clock.ts';
import type { RepeatedOrders } from '../../providers/provider.ts';
import { CLOCK_TOLERANCE_MS } from '../../shipments/evidence.ts';

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
  began(shipmentId: string, atMs: number): void;
  /**
   * How long "not there" can't be believed; 0 where it can. It counts from now where this process has not seen the attempt,
   * unless that is older than wall clocks may be wrong by.
   * @param ageMs - how long ago the last attempt that may have arrived began by the wall clock, when the shipment was claimed.
   */
  leftMs(shipmentId: string, ageMs: number | null): number;
  forget(shipmentId: string): void;
}

/** What this process saw itself goes by its monotonic clock: another process's time may be wrong, and ours be set. */
export function createSettling(clock: Clock, settleMs: number): Settling {
  const untilById = new Map<string, number>();
  return {
    began: (shipmentId, atMs) => void untilById.set(shipmentId, atMs + settleMs),
    leftMs(shipmentId, ageMs) {
      const now = clock.monotonic();
      const until =
        untilById.get(shipmentId) ?? now + settleMs - Math.max(0, (ageMs ?? 0) - CLOCK_TOLERANCE_MS);
      untilById.set(shipmentId, until);
      return Math.max(0, until - now);
    },
    forget: (shipmentId) => void untilById.delete(shipmentId),
  };
}
