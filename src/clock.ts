/** The current time in milliseconds since the epoch. The only clock; tests pass their own. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();

/** An epoch time as RFC 3339 in UTC, without the fraction where it is zero: `2026-05-24T09:10:00Z`. */
export function toRfc3339(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000Z', 'Z');
}

/** A clock that starts at the time `clock` shows and is not moved when the system's is set. */
export function steadyClock(clock: Clock): Clock {
  const offsetMs = clock() - performance.now();
  return () => Math.round(offsetMs + performance.now());
}
