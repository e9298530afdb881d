import type { AttemptResult } from '../claims/record-results.ts';
import type { Recorder } from './recorder.ts';

/** With more than this undecided, those so far are left to the next run. */
const MOST_HELD = 256;

/**
 * Rejections that a wrong address may be the reason for (404, 410). They are held back until the provider has accepted
 * something: until then the shipment stays `sending`, so that a run that dies leaves it to be rescued like any other.
 */
export interface Undecided {
  hold(rejection: AttemptResult): void;
  /** The address is right: they are rejections. */
  reject(): void;
  /** Nobody knows: they are no attempts, and the next run sends them, after those that never failed. */
  leave(): void;
}

export function createUndecided(recorder: Pick<Recorder, 'add'>): Undecided {
  let held: AttemptResult[] = [];
  const recordAll = (asWhat: (rejection: AttemptResult) => AttemptResult) => {
    const decided = held;
    held = [];
    for (const rejection of decided) recorder.add(asWhat(rejection));
  };
  const leave = () => recordAll(asNotTaken);
  return {
    hold(rejection) {
      held.push(rejection);
      if (held.length >= MOST_HELD) leave();
    },
    reject: () => recordAll((rejection) => rejection),
    leave,
  };
}

function asNotTaken({ disposition, ...result }: AttemptResult): AttemptResult {
  return { ...result, disposition: { ...disposition, status: 'pending', attempt: null } };
}
