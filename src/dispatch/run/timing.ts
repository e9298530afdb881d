/**
 * The times that make a dispatch safe, derived from each other. A lease outlasts a request that begins within it:
 * whoever takes a shipment over finds that the request of the run before has ended.
 */
export interface Timing {
  /** How long what a run claimed is its own after its last sign of life. */
  leaseMs: number;
  heartbeatMs: number;
  /** A request is begun only while the lease has at least this long to go. */
  needsLeaseMs: number;
}

/** For recording an answer: the batch to fill, the write lock to wait for, a clock that is not quite right. */
const MARGIN_MS = 5_000;

/** @param attemptMs - the longest that an attempt can take: a request's time-out, or two where one asks first. */
export function timingFor(attemptMs: number): Timing {
  const needsLeaseMs = attemptMs + MARGIN_MS;
  const leaseMs = 2 * needsLeaseMs;
  return { leaseMs, heartbeatMs: Math.floor(leaseMs / 5), needsLeaseMs };
}

/** Attempts that one run makes for one shipment before it leaves it to the next run. */
export const ATTEMPTS_PER_RUN = 6;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * The pause before the next attempt: doubled each time, and never the same for two shipments that failed together.
 * @param failed - attempts that failed so far, from 1.
 * @param random - from 0 to 1.
 */
export function retryPauseMs(failed: number, random: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** (failed - 1), LONGEST_PAUSE_MS);
  return Math.round(longest * (0.5 + random / 2));
}
