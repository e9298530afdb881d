import { type Clock, systemClock } from '../../src/clock.ts';

export interface ManualClock extends Clock {
  /** Lets this much time pass: what was to happen until then happens, in its order. */
  pass(ms: number): void;
}

/** A clock on which no time passes but what the test lets pass; its wall clock is the system's. */
export function manualClock(): ManualClock {
  let nowMs = 0;
  const due = new Set<{ at: number; callback: () => void }>();
  const after = (ms: number, callback: () => void) => {
    const timer = { at: nowMs + ms, callback };
    due.add(timer);
    return () => void due.delete(timer);
  };
  return {
    now: systemClock.now,
    monotonic: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const cancel = after(ms, resolve);
        signal?.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      }),
    pass(ms) {
      const end = nowMs + ms;
      for (;;) {
        const [next] = [...due].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
        if (!next) break;
        due.delete(next);
        nowMs = next.at;
        next.callback();
      }
      nowMs = end;
    },
  };
}
