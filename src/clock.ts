import { setTimeout as sleep } from 'node:timers/promises';

/** Time and waiting, as one process sees them. The only clock; tests and the simulator pass their own. */
export interface Clock {
  /** What the wall clock shows, epoch milliseconds. It may be set forwards and back at any time. */
  now(): number;
  /** Milliseconds since some moment of this process's: only goes forward, whatever is done to the wall clock. */
  monotonic(): number;
  /** Ends early, and without an error, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once, unless what it returns is called before. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal && { signal }).catch(() => {}),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/** An epoch time as RFC 3339 in UTC, without the fraction where it is zero: `2026-05-24T09:10:00Z`. */
export function toRfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

/** A clock whose wall time starts at what `clock` shows and is not moved when the system's is set. */
export function steadyClock(clock: Clock): Clock {
  const offsetMs = clock.now() - clock.monotonic();
  return { ...clock, now: () => Math.round(offsetMs + clock.monotonic()) };
}
