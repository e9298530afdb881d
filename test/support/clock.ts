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

/** A clock that moves only when a test moves it: whoever waits is woken in the order of time. */
export interface ManualClock extends Clock {
  /** Both times go on, and everything that waits until then happens, one after the other. */
  advance(ms: number): Promise<void>;
  /** The wall clock is set, as by NTP; nothing else moves. */
  setWall(epochMs: number): void;
}

export function aManualClock({ startsAt = Date.parse('2026-05-22T08:00:00Z') } = {}): ManualClock {
  const waiting = new Set<{ at: number; wake: () => void }>();
  let elapsedMs = 0;
  let wallOffsetMs = startsAt;
  const after = (ms: number, wake: () => void) => {
    const timer = { at: elapsedMs + ms, wake };
    waiting.add(timer);
    return () => void waiting.delete(timer);
  };
  const next = () => [...waiting].sort((one, other) => one.at - other.at)[0];
  return {
    now: () => wallOffsetMs + elapsedMs,
    monotonic: () => elapsedMs,
    after,
    sleep: (ms, signal) =>
      new Promise((woken) => {
        if (signal?.aborted) return woken();
        const stopTimer = after(ms, woken);
        signal?.addEventListener('abort', () => {
          stopTimer();
          woken();
        });
      }),
    async advance(ms) {
      const until = elapsedMs + ms;
      await settled();
      for (let timer = next(); timer && timer.at <= until; timer = next()) {
        waiting.delete(timer);
        elapsedMs = Math.max(elapsedMs, timer.at);
        timer.wake();
        await settled();
      }
      elapsedMs = until;
    },
    setWall(epochMs) {
      wallOffsetMs = epochMs - elapsedMs;
    },
  };
}

/** Whoever was woken has come as far as it can without time going on. */
function settled(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
