import { setMaxListeners } from 'node:events';
import type { Clock } from '../../../clock.ts';
import type { Outcome } from '../../../providers/provider.ts';
import * as answers from './answers.ts';
import * as circuit from './circuit.ts';
import { type Rate, rateOf, takeSlot } from './rate.ts';
import * as throttle from './throttle.ts';

export type { Turn } from './circuit.ts';

/** How often a request looks whether the one that probes, or those under way, have ended. */
const LOOK_MS = 50;

/** Why a provider is sent nothing more in this run; where several apply, the first. */
const REASONS = ['unauthorized', 'wrong-address', 'rejecting', 'unavailable'] as const;
type Reason = (typeof REASONS)[number];

/** How it stands with a provider in this run. */
export type Availability = 'available' | Reason;

/** When the next request to one provider may begin. */
export interface Pace {
  /** Waits for its turn; undefined when nothing more is to be sent to this provider in this run. */
  turn(): Promise<circuit.Turn | undefined>;
  /** Every turn that was granted ends in this, or in `skipped` where nothing was sent or an answer says nothing yet. */
  saw(outcome: Outcome, turn: circuit.Turn): void;
  skipped(turn: circuit.Turn): void;
  /** Another run was asked for a pause until then, epoch milliseconds. */
  learnPause(untilMs: number): void;
  /** No request before then, epoch milliseconds. */
  pausedUntil(): number;
  /** Until when the provider asked for a pause, epoch milliseconds; in the past where it did not. */
  throttledUntil(): number;
  /** Whether an answer that says that nothing was found is about the order: others are accepted at this address. */
  isAddressProven(): boolean;
  availability(): Availability;
  /** What the provider did last that was no good, or why it is sent nothing more; null where it did nothing of the kind. */
  trouble(): string | null;
  /** Aborts when no more turns are granted. */
  ended: AbortSignal;
}

/** All that changes while a provider is being sent to; times are the monotonic clock's. */
interface State {
  readonly rate: Rate;
  readonly circuit: circuit.Circuit;
  readonly throttle: throttle.Throttle;
  readonly answers: answers.Answers;
  /** Turns that were granted and have not ended. */
  readonly underWay: number;
  readonly stoppedBy: Reason | null;
  readonly trouble: string | null;
}

/**
 * Composes the rate limit, the circuit, the throttle and what the answers say: waits until all of them let a request
 * begin, and grants no more when one of them has had enough.
 *
 * @param options.pausedUntil - a pause that an earlier run was asked for, epoch milliseconds.
 */
export function createPace(options: {
  clock: Clock;
  /** Requests per second; null for no limit. */
  rateLimit: number | null;
  /** Rejections in a row after which nothing more is sent; 0 for no limit. */
  maxRejections: number;
  pausedUntil: number;
  stop: AbortSignal;
  /** Keeps a pause for other runs; resolves to the end that holds for all of them. Both in epoch milliseconds. */
  keepPause: (untilMs: number) => Promise<number>;
}): Pace {
  const { clock, maxRejections } = options;
  const givenUp = new AbortController();
  const ended = AbortSignal.any([options.stop, givenUp.signal]);
  // Every request that waits for its turn listens.
  setMaxListeners(0, ended);
  const onWall = (monotonicMs: number) => Math.ceil(clock.now() + monotonicMs - clock.monotonic());
  let state: State = {
    rate: rateOf(options.rateLimit),
    circuit: circuit.CLOSED,
    throttle: throttle.UNTHROTTLED,
    answers: answers.NO_ANSWERS,
    underWay: 0,
    stoppedBy: null,
    trouble: null,
  };
  const become = (next: State) => {
    state = stopIfEnough(next, maxRejections);
    if (state.stoppedBy !== null) givenUp.abort();
  };
  const learnPause = (untilMs: number) => {
    const nowMs = clock.monotonic();
    const until = nowMs + untilMs - clock.now();
    become({ ...state, throttle: throttle.extend(state.throttle, until, nowMs) });
  };
  learnPause(options.pausedUntil);

  return {
    ended,
    learnPause,
    async turn() {
      while (!ended.aborted) {
        const nowMs = clock.monotonic();
        const waitMs = freeAt(state) - nowMs;
        const turn = waitMs > 0 ? undefined : nextTurn(state);
        if (turn !== undefined) {
          state = {
            ...state,
            rate: takeSlot(state.rate, nowMs),
            circuit: circuit.begin(state.circuit, turn),
            underWay: state.underWay + 1,
          };
          return turn;
        }
        // While others are to tell how the provider does there is nothing to wait for but their answers.
        await clock.sleep(waitMs > 0 ? waitMs : LOOK_MS, ended);
      }
      return undefined;
    },
    saw(outcome, turn) {
      const nowMs = clock.monotonic();
      const before = state.throttle.until;
      become(after(oneEnded(state), outcome, turn, nowMs));
      // The answers to all requests under way move it on by some milliseconds each.
      if (state.throttle.until - before >= throttle.FIRST_PAUSE_MS) {
        void options.keepPause(onWall(state.throttle.until)).then(learnPause);
      }
    },
    skipped(turn) {
      become({ ...oneEnded(state), circuit: circuit.end(state.circuit, turn) });
    },
    pausedUntil: () => onWall(Math.max(state.circuit.restUntil, state.throttle.until)),
    throttledUntil: () => onWall(state.throttle.until),
    isAddressProven: () => state.answers.hasAccepted && state.stoppedBy !== 'wrong-address',
    trouble: () => troubleOf(state),
    availability: () => availabilityOf(state),
  };
}

/** Undefined while others are under way whose answers come first. */
function nextTurn(state: State): circuit.Turn | undefined {
  return answers.isAddressWrong(state.answers) ? undefined : circuit.nextTurn(state.circuit);
}

function oneEnded(state: State): State {
  return { ...state, underWay: Math.max(0, state.underWay - 1) };
}

function freeAt({ rate, circuit, throttle }: State): number {
  return Math.max(rate.freeAt, circuit.restUntil, throttle.until);
}

/** What an outcome changes. */
function after(state: State, outcome: Outcome, turn: circuit.Turn, nowMs: number): State {
  switch (outcome.kind) {
    case 'accepted':
      return { ...answered(state, turn), answers: answers.accept(state.answers) };
    case 'rejected':
      return { ...answered(state, turn), answers: answers.reject(state.answers, outcome) };
    case 'unsent':
      // It was asked and answered that the order is not there yet: the provider does well.
      if (outcome.retryAfterSeconds !== undefined) return answered(state, turn);
      return said({ ...state, circuit: circuit.fail(state.circuit, turn, nowMs) }, outcome.message);
    case 'unanswered':
      return said({ ...state, circuit: circuit.fail(state.circuit, turn, nowMs) }, outcome.message);
    case 'throttled':
      return said(
        {
          ...state,
          circuit: circuit.end(state.circuit, turn),
          throttle: throttle.slowDown(state.throttle, outcome.retryAfterSeconds, nowMs),
        },
        outcome.message,
      );
    case 'unauthorized':
    case 'wrong-address':
      return stopped({ ...state, circuit: circuit.end(state.circuit, turn) }, outcome.kind, outcome.message);
    default:
      return outcome satisfies never;
  }
}

function answered(state: State, turn: circuit.Turn): State {
  return {
    ...state,
    circuit: circuit.close(state.circuit, turn),
    throttle: throttle.recover(state.throttle),
  };
}

/** Why it was stopped is of more use than what requests came to that were under way then. */
function said(state: State, trouble: string): State {
  return state.stoppedBy === null ? { ...state, trouble } : state;
}

function stopped(state: State, reason: Reason, trouble: string | null): State {
  const before = state.stoppedBy;
  if (before !== null && REASONS.indexOf(before) <= REASONS.indexOf(reason)) return state;
  return { ...state, stoppedBy: reason, trouble };
}

function stopIfEnough(state: State, maxRejections: number): State {
  const { rejectedInRow, lastRejection } = state.answers;
  // As long as others are under way one of them may be accepted.
  if (answers.isAddressWrong(state.answers) && state.underWay === 0) {
    return stopped(state, 'wrong-address', lastRejection);
  }
  if (answers.isRejectingAll(state.answers, maxRejections)) {
    const trouble = `${rejectedInRow} rejections in a row without an acceptance, the last one: ${lastRejection}`;
    return stopped(state, 'rejecting', trouble);
  }
  if (state.circuit.isPatienceLost || state.throttle.isPatienceLost) {
    return stopped(state, 'unavailable', state.trouble);
  }
  return state;
}

function availabilityOf(state: State): Availability {
  if (state.stoppedBy !== null) return state.stoppedBy;
  if (answers.mayAddressBeWrong(state.answers)) return 'wrong-address';
  const isFailing = state.circuit.failuresInRow > 0 && !answers.hasAnswered(state.answers);
  return isFailing ? 'unavailable' : 'available';
}

function troubleOf(state: State): string | null {
  const isSuspected = state.stoppedBy === null && answers.mayAddressBeWrong(state.answers);
  return isSuspected ? state.answers.lastRejection : state.trouble;
}
