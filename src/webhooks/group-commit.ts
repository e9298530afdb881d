export interface GroupCommit<Item, Result> {
  /** Resolves once the item's batch is done; undefined at once where too many are waiting already. */
  add(item: Item): Promise<Result> | undefined;
  /** Whether nothing more can be added now. */
  isFull(): boolean;
  /** How many wait to be taken into a batch. */
  waiting(): number;
}

/**
 * Does together what arrived in the same turn of the event loop: a hundred events cost one fsync instead of a hundred.
 * One batch at a time; what arrives meanwhile is the next.
 *
 * @param commit - returns one result per item, in the same order; must not throw.
 * @param options.isForAll - whether a result holds for everything that waits as well, so that none waits for the same
 * failure again.
 */
export function createGroupCommit<Item, Result>(
  commit: (items: readonly Item[]) => Promise<readonly Result[]>,
  {
    maxBatch,
    maxWaiting,
    isForAll,
  }: { maxBatch: number; maxWaiting: number; isForAll: (result: Result) => boolean },
): GroupCommit<Item, Result> {
  let waiting: { item: Item; done: (result: Result) => void }[] = [];
  let busy = false;

  const schedule = () => {
    busy = true;
    setImmediate(run);
  };
  const run = async () => {
    const batch = waiting.slice(0, maxBatch);
    waiting = waiting.slice(maxBatch);
    const results = await commit(batch.map(({ item }) => item));
    results.forEach((result, index) => {
      batch[index]?.done(result);
    });
    const forAll = results.find(isForAll);
    if (forAll !== undefined) {
      for (const { done } of waiting) done(forAll);
      waiting = [];
    }
    busy = false;
    if (waiting.length > 0) schedule();
  };
  const isFull = () => waiting.length >= maxWaiting;

  return {
    isFull,
    waiting: () => waiting.length,
    add(item) {
      if (isFull()) return undefined;
      return new Promise((done) => {
        waiting.push({ item, done });
        if (!busy) schedule();
      });
    },
  };
}
