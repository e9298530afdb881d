import { setMaxListeners } from 'node:events';
import type { Clock } from '../../../clock.ts';
import type { Outcome } from '../../../providers/provider.ts';
import { LONGEST_KEPT_PAUSE_MS } from '../provider-pause.ts';

/** Failures in a row, with nothing accepted or rejected between them, after which a provider is left alone. */
const FAILURES_TO_OPEN = 20;
const FIRST_PROBE_MS = 500;
const FIRST_THROTTLE_MS = 1_000;
const LONGEST_PAUSE_MS = 15_000;
/** How long a run has patience with a provider that does not answer, or that keeps throttling. */
const PATIENCE_MS = 20_000;
const LONGEST_RETRY_AFTER_MS = 60_000;

/** A timer fires late: so much of the time that passed unused is made up for, in favour of the rate limit's average. */
const RATE_CREDIT_MS = 50;

/** How it stands with a provider in this run. */
export type Availability = 'available' | 'unavailable' | 'unauthorized';

/** Leave to send one request; a probe decides whether a provider that failed is asked again. */
export type Turn = 'request' | 'probe';

/** When the next request to one provider may begin. */
export interface Pace {
  /** Waits for its turn; undefined when nothing more is to be sent to this provider in this run. */
  turn(): Promise<Turn | undefined>;
  /** Every turn that was granted ends in this, or in `skipped` where nothing was sent. */
  saw(outcome: Outcome, turn: Turn): void;
  skipped(turn: Turn): void;
  /** No request before then, epoch milliseconds. */
  pausedUntil(): number;
  /** Until when the provider asked to be left alone, epoch milliseconds; 0 where it did not. */
  throttledUntil(): number;
  availability(): Availability;
  /** What the provider did last that was no good; null where it did nothing of the kind. */
  trouble(): string | null;
  /** Aborts when no more turns are granted. */
  ended: AbortSignal;
}

/**
 * Keeps the rate limit, the pauses that the provider asks for, and a circuit: a provider that fails again and again
 * gets one request at growing distances, and once the run has lost patience none at all.
 *
 * @param pausedUntil - a pause that an earlier run was asked for.
 */
export function createPace(options: {
  clock: Clock;
  rateLimit: number | null;
  pausedUntil: number;
  stop: AbortSignal;
  /** Called when the provider asks for a pause, so that it can be kept beyond this run. */
  onPause: (untilMs: number) => void;
}): Pace {
  const { clock, rateLimit } = options;
  const givenUp = new AbortController();
  const ended = AbortSignal.any([options.stop, givenUp.signal]);
  // Every request that waits for its turn listens.
  setMaxListeners(0, ended);
  let availability: Availability = 'available';
  let pausedUntil = options.pausedUntil;
  let throttledUntil = options.pausedUntil;
  let nextSlot = 0;
  let answers = 0;
  let failuresInRow = 0;
  let failingSince = 0;
  let failedProbes = 0;
  let throttlesInRow = 0;
  let throttledSince = 0;
  let probing = false;
  let trouble: string | null = null;

  const isOpen = () => failuresInRow >= FAILURES_TO_OPEN;
  const giveUp = (as: Availability) => {
    availability = as;
    givenUp.abort();
  };
  const pause = (untilMs: number) => {
    pausedUntil = Math.max(pausedUntil, untilMs);
    if (pausedUntil - clock.now() > LONGEST_RETRY_AFTER_MS) giveUp('unavailable');
  };
  pause(pausedUntil);

  const failed = (turn: Turn) => {
    if (failuresInRow === 0) failingSince = clock.now();
    failuresInRow += 1;
    if (turn === 'probe') failedProbes += 1;
    // Requests that were under way when the circuit opened say nothing new.
    else if (failuresInRow !== FAILURES_TO_OPEN) return;
    if (clock.now() - failingSince >= PATIENCE_MS) return giveUp('unavailable');
    pause(clock.now() + Math.min(FIRST_PROBE_MS * 2 ** failedProbes, LONGEST_PAUSE_MS));
  };
  const throttled = (retryAfterSeconds: number | null) => {
    const now = clock.now();
    const before = pausedUntil;
    // An answer to a request that was under way when the pause began says nothing new, unless it asks for longer.
    const isNews = now >= pausedUntil;
    if (isNews && throttlesInRow === 0) throttledSince = now;
    if (isNews) throttlesInRow += 1;
    const ownMs = isNews ? FIRST_THROTTLE_MS * 2 ** Math.min(throttlesInRow - 1, 5) : 0;
    // Whoever asks for no pause at all, again and again, gets one all the same.
    pause(now + Math.min(Math.max(ownMs, (retryAfterSeconds ?? 0) * 1000), LONGEST_KEPT_PAUSE_MS));
    throttledUntil = pausedUntil;
    // The answers to all requests under way move it on by some milliseconds each.
    if (isNews || pausedUntil - before >= FIRST_THROTTLE_MS) options.onPause(pausedUntil);
    if (throttlesInRow > 0 && now - throttledSince > LONGEST_RETRY_AFTER_MS) giveUp('unavailable');
  };
  const answered = () => {
    answers += 1;
    failuresInRow = 0;
    failedProbes = 0;
    throttlesInRow = 0;
  };

  return {
    ended,
    async turn() {
      for (;;) {
        if (ended.aborted) return undefined;
        const now = clock.now();
        const waitMs = Math.max(pausedUntil, rateLimit === null ? 0 : nextSlot) - now;
        if (waitMs <= 0 && !(isOpen() && probing)) {
          if (rateLimit !== null) nextSlot = Math.max(nextSlot, now - RATE_CREDIT_MS) + 1000 / rateLimit;
          probing = isOpen();
          return probing ? 'probe' : 'request';
        }
        // While another request probes there is nothing to wait for but its answer.
        await clock.sleep(Math.max(waitMs, probing ? 50 : 1), ended);
      }
    },
    saw(outcome, turn) {
      if (turn === 'probe') probing = false;
      if (outcome.kind !== 'accepted' && outcome.kind !== 'rejected') trouble = outcome.message;
      switch (outcome.kind) {
        case 'accepted':
        case 'rejected':
          return answered();
        case 'unanswered':
        case 'unsent':
          return failed(turn);
        case 'throttled':
          return throttled(outcome.retryAfterSeconds);
        case 'unauthorized':
          return giveUp('unauthorized');
        default:
          return outcome satisfies never;
      }
    },
    skipped(turn) {
      if (turn === 'probe') probing = false;
    },
    pausedUntil: () => pausedUntil,
    throttledUntil: () => throttledUntil,
    trouble: () => trouble,
    availability: () =>
      availability === 'available' && failuresInRow > 0 && answers === 0 ? 'unavailable' : availability,
  };
}
