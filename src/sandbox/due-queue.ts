/** Items by the time at which they are due, the earliest first (a binary heap). */
export interface DueQueue<Item> {
  first(): Item | undefined;
  push(item: Item): void;
  pop(): Item | undefined;
}

export function createDueQueue<Item extends { dueAtMs: number }>(): DueQueue<Item> {
  const heap: Item[] = [];

  const dueAt = (index: number) => heap[index]?.dueAtMs ?? Number.POSITIVE_INFINITY;

  function swap(one: number, other: number): void {
    const [first, second] = [heap[one], heap[other]];
    if (!first || !second) return;
    heap[one] = second;
    heap[other] = first;
  }

  return {
    first: () => heap[0],
    push(item) {
      let index = heap.push(item) - 1;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if (dueAt(parent) <= dueAt(index)) return;
        swap(parent, index);
        index = parent;
      }
    },
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (!last || heap.length === 0) return first;
      heap[0] = last;
      let index = 0;
      for (;;) {
        const left = 2 * index + 1;
        const child = dueAt(left + 1) < dueAt(left) ? left + 1 : left;
        if (dueAt(index) <= dueAt(child)) return first;
        swap(index, child);
        index = child;
      }
    },
  };
}
