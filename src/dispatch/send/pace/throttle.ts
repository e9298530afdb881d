import { LONGEST_PAUSE_SECONDS } from '../../../providers/provider.ts';

/** The longest pause that is kept: whoever asks for more, or whose pause lies further ahead since the clock was set back. */
export const LONGEST_KEPT_PAUSE_MS = LONGEST_PAUSE_SECONDS * 1_000;
/** The pause for a provider that throttles and does not say for how long; doubled each time. */
export const FIRST_PAUSE_MS = 1_000;
const MOST_DOUBLINGS = 5;
/** A run waits for no longer pause than this, and for a provider that keeps throttling no longer either. */
export const PATIENCE_MS = 60_000;

/** The pauses that a provider asks for (`Retry-After`), by the monotonic clock. */
export interface Throttle {
  /** No request begins before then. */
  readonly until: number;
  /** Pauses in a row, with nothing accepted or rejected between them. */
  readonly inRow: number;
  readonly since: number;
  readonly isPatienceLost: boolean;
}

export const UNTHROTTLED: Throttle = { until: 0, inRow: 0, since: 0, isPatienceLost: false };

/** @param retryAfterSeconds - null where the provider did not say. */
export function slowDown(throttle: Throttle, retryAfterSeconds: number | null, nowMs: number): Throttle {
  const askedMs = Math.min((retryAfterSeconds ?? 0) * 1_000, LONGEST_KEPT_PAUSE_MS);
  // An answer to a request that was under way when the pause began says nothing new, unless it asks for longer.
  if (nowMs < throttle.until) return extend(throttle, nowMs + askedMs, nowMs);
  const since = throttle.inRow === 0 ? nowMs : throttle.since;
  // Whoever asks for no pause at all, again and again, gets one all the same.
  const ownMs = FIRST_PAUSE_MS * 2 ** Math.min(throttle.inRow, MOST_DOUBLINGS);
  return {
    ...extend(throttle, nowMs + Math.max(ownMs, askedMs), nowMs),
    inRow: throttle.inRow + 1,
    since,
    isPatienceLost: throttle.isPatienceLost || askedMs > PATIENCE_MS || nowMs - since > PATIENCE_MS,
  };
}

/** Another run was asked for a pause: the later end holds. */
export function extend(throttle: Throttle, untilMs: number, nowMs: number): Throttle {
  if (untilMs <= throttle.until) return throttle;
  return {
    ...throttle,
    until: untilMs,
    isPatienceLost: throttle.isPatienceLost || untilMs - nowMs > PATIENCE_MS,
  };
}

/** The provider accepted or rejected a shipment. */
export function recover(throttle: Throttle): Throttle {
  return throttle.inRow === 0 ? throttle : { ...throttle, inRow: 0 };
}
