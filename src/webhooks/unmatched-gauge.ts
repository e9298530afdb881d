import type { Db } from '../db/open.ts';
import { countUnmatched } from '../shipments/unmatched.ts';

/** Counting reads as many rows as there are. */
const FRESH_MS = 10_000;

/**
 * How many events are stored for shipments that are not known. It is counted in the background, so that whoever asks
 * does not wait for the database; NaN where it could not be counted.
 */
export function createUnmatchedGauge(db: Db): () => number {
  let count = Number.NaN;
  let countedAt = Number.NEGATIVE_INFINITY;
  const refresh = () => {
    if (performance.now() - countedAt < FRESH_MS) return;
    countedAt = performance.now();
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
