/** Waits for all, and tells as soon as one of them fails, so that the others can be stopped. */
export function settleAll<T>(
  parts: readonly Promise<T>[],
  failed: () => void,
): Promise<PromiseSettledResult<T>[]> {
  for (const part of parts) part.catch(failed);
  return Promise.allSettled(parts);
}
