import type { Clock } from '../../clock.ts';
import type { Holder } from '../claims/rescue.ts';

/** Whether a run is dead, or when that will be known; `alive` for one that was seen to renew its lease. */
export type Liveness = { kind: 'dead' } | { kind: 'alive' } | { kind: 'unknown'; knownInMs: number };

/**
 * Tells dead runs from living ones by watching them: a run is dead that did not renew its lease for as long as that
 * lasts, by this process's own monotonic clock. What the lease says of its end was written by another process, whose
 * wall clock may have shown anything.
 */
export function watchLiveness(clock: Pick<Clock, 'monotonic'>): (holder: Holder) => Liveness {
  const seen = new Map<number, { leaseUntil: number; sinceMs: number; renewed: boolean }>();
  return ({ run, leaseMs, leaseUntil }) => {
    const nowMs = clock.monotonic();
    const before = seen.get(run);
    if (before === undefined || before.leaseUntil !== leaseUntil) {
      seen.set(run, { leaseUntil, sinceMs: nowMs, renewed: before !== undefined });
      return before === undefined ? { kind: 'unknown', knownInMs: leaseMs + 1 } : { kind: 'alive' };
    }
    if (nowMs - before.sinceMs > leaseMs) return { kind: 'dead' };
    if (before.renewed) return { kind: 'alive' };
    return { kind: 'unknown', knownInMs: before.sinceMs + leaseMs - nowMs + 1 };
  };
}
