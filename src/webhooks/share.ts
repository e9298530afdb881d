/** Whoever asks again within `ms` gets the same answer, or the one that is being made. */
export function shareForMs<T>(ms: number, nowMs: () => number, make: () => Promise<T>): () => Promise<T> {
  let last: { at: number; made: Promise<T> } | undefined;
  return () => {
    const now = nowMs();
    if (!last || now - last.at >= ms) last = { at: now, made: make() };
    return last.made;
  };
}
