/** A timer fires late: so much of the time that passed unused is made up for, in favour of the rate limit's average. */
const CREDIT_MS = 50;

/** A rate limit: when the next request may begin, by the monotonic clock. */
export interface Rate {
  /** Between two requests; 0 where there is no limit. */
  readonly intervalMs: number;
  readonly freeAt: number;
}

/** @param perSecond - null for no limit. */
export function rateOf(perSecond: number | null): Rate {
  return { intervalMs: perSecond === null ? 0 : 1000 / perSecond, freeAt: 0 };
}

/** A request begins. */
export function takeSlot(rate: Rate, nowMs: number): Rate {
  return { ...rate, freeAt: Math.max(rate.freeAt, nowMs - CREDIT_MS) + rate.intervalMs };
}
