/** First in, first out; what was taken from the front is dropped when more is added. */
export interface Queue<Item> {
  /** False where there was nothing to add. */
  add(items: readonly Item[]): boolean;
  take(): Item | undefined;
  /** Puts one back at the front, and takes the last one instead; the same if there is none. */
  exchange(item: Item): Item;
  length(): number;
}

export function createQueue<Item>(): Queue<Item> {
  let items: Item[] = [];
  let taken = 0;
  return {
    add(more) {
      items = items.slice(taken).concat(more);
      taken = 0;
      return more.length > 0;
    },
    take() {
      const item = items[taken];
      if (taken < items.length) taken += 1;
      return item;
    },
    exchange(item) {
      const last = items.length > taken ? items.pop() : undefined;
      if (last === undefined) return item;
      if (taken === 0) items.unshift(item);
      else items[--taken] = item;
      return last;
    },
    length: () => items.length - taken,
  };
}
