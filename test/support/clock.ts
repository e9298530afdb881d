import { type Clock, systemClock } from '../../src/clock.ts';

/** The real clock, but for what its wall clock shows. */
export function clockShowing(now: () => number): Clock {
  return { ...systemClock, now };
}

/** A clock of a process that was stopped for as long as `stoppedForMs` says: both of its times have gone on. */
export function clockOfAStopped(stoppedForMs: () => number): Clock {
  return {
    ...systemClock,
    now: () => systemClock.now() + stoppedForMs(),
    monotonic: () => systemClock.monotonic() + stoppedForMs(),
  };
}
