import type { Clock } from '../clock.ts';

/** Whoever asks again within `ms` gets the same answer, or the one that is being made. */
export function shareForMs<T>(ms: number, clock: Clock, make: () => Promise<T>): () => Promise<T> {
  let last: { at: number; made: Promise<T> } | undefined;
  return () => {
    const now = clock();
    // A clock that was set back must not keep an old answer for longer.
    if (!last || Math.abs(now - last.at) >= ms) last = { at: now, made: make() };
    return last.made;
  };
}
