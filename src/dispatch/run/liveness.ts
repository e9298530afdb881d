import type { Clock } from '../../clock.ts';
import type { Holder } from '../claims/rescue.ts';

/** Whether a run is dead, or when that will be known; `alive` for one that was seen to renew its lease. */
export type Verdict = { kind: 'dead' } | { kind: 'alive' } | { kind: 'unknown'; knownInMs: number };

/**
 * Tells dead runs from living ones. A lease that has ended belongs to a dead run, and so does one that was not renewed
 * for as long as it lasts: its end may lie far ahead only because the clock was set back.
 */
export function watchLeases(clock: Clock): (holder: Holder) => Verdict {
  const seen = new Map<number, { leaseUntil: number; sinceMs: number; renewed: boolean }>();
  return ({ run, leaseMs, leaseUntil }) => {
    const nowMs = clock();
    if (leaseUntil < nowMs) return { kind: 'dead' };
    const before = seen.get(run);
    if (before === undefined || before.leaseUntil !== leaseUntil) {
      seen.set(run, { leaseUntil, sinceMs: nowMs, renewed: before !== undefined });
      if (before !== undefined) return { kind: 'alive' };
    } else if (nowMs - before.sinceMs > leaseMs) {
      return { kind: 'dead' };
    } else if (before.renewed) {
      return { kind: 'alive' };
    }
    const sinceMs = seen.get(run)?.sinceMs ?? nowMs;
    return { kind: 'unknown', knownInMs: Math.min(leaseUntil, sinceMs + leaseMs) - nowMs + 1 };
  };
}
