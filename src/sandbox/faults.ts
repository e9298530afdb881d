import { seededRandom } from './random.ts';

/** What goes wrong with a request. `drop`: the order is taken, and the connection cut without an answer. */
export type Fault = 'throttle' | 'fail' | 'drop' | 'none';

export interface FaultRates {
  failRate: number;
  dropRate: number;
  /** Requests per second; undefined for no limit. */
  rateLimit: number | undefined;
  seed: number;
}

/**
 * Decides request by request. The nth request that is not throttled meets the same fault whenever the seed is the same.
 * @returns a function of the time in milliseconds, on a clock that does not jump.
 */
export function createFaults({ failRate, dropRate, rateLimit, seed }: FaultRates): (nowMs: number) => Fault {
  const random = seededRandom(seed);
  const admit = rateLimit === undefined ? () => true : slidingSecond(rateLimit);
  return (nowMs) => {
    if (!admit(nowMs)) return 'throttle';
    // Both are drawn every time, so that one rate does not shift the faults of the other.
    const fails = random() < failRate;
    const drops = random() < dropRate;
    if (fails) return 'fail';
    return drops ? 'drop' : 'none';
  };
}

/** Lets through at most `limit` in any one second. */
function slidingSecond(limit: number): (nowMs: number) => boolean {
  const admittedAt = new Float64Array(limit).fill(Number.NEGATIVE_INFINITY);
  let oldest = 0;
  return (nowMs) => {
    if (nowMs - (admittedAt[oldest] ?? 0) < 1000) return false;
    admittedAt[oldest] = nowMs;
    oldest = (oldest + 1) % limit;
    return true;
  };
}
