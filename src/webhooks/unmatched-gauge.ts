import type { Clock } from '../clock.ts';
import type { Db } from '../db/open.ts';
import { countUnmatched } from '../shipments/unmatched.ts';

/** Asked no more often than this. */
const FRESH_MS = 10_000;

/**
 * How many events are stored for shipments that are not known. It is read in the background, so that whoever asks
 * does not wait for a database that is locked; NaN where it could not be read.
 */
export function createUnmatchedGauge(db: Db, clock: Clock): () => number {
  let count = Number.NaN;
  let countedAt = Number.NEGATIVE_INFINITY;
  const refresh = () => {
    const now = clock.monotonic();
    if (now - countedAt < FRESH_MS) return;
    countedAt = now;
    countUnmatched(db).then(
      (events) => {
        count = events;
      },
      () => {
        count = Number.NaN;
      },
    );
  };
  refresh();
  return () => {
    refresh();
    return count;
  };
}
