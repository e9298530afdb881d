/** What happens at some time. */
export interface Timed {
  atMs: number;
  /** Of the same time, which came first: set by the queue. */
  order: number;
}

/** By time; of the same time, in the order in which they came. */
export interface Queue<Entry extends Timed> {
  push(entry: Entry, atMs?: number): Entry;
  pop(): Entry | undefined;
  /** Those that are meant come so much later. */
  delay(byMs: number, isMeant: (entry: Entry) => boolean): void;
}

export function createQueue<Entry extends Timed>(): Queue<Entry> {
  let heap: Entry[] = [];
  let pushed = 0;
  const push = (entry: Entry, atMs = entry.atMs): Entry => {
    pushed += 1;
    entry.atMs = atMs;
    entry.order = pushed;
    rise(heap, heap.push(entry) - 1);
    return entry;
  };
  return {
    push,
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first;
      heap[0] = last;
      sink(heap, 0);
      return first;
    },
    delay(byMs, isMeant) {
      const entries = heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
      heap = [];
      for (const entry of entries) {
        if (isMeant(entry)) entry.atMs += byMs;
        push(entry);
      }
    },
  };
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function rise<Entry extends Timed>(heap: Entry[], from: number): void {
  for (let index = from; index > 0; ) {
    const parent = (index - 1) >> 1;
    if (!isBefore(at(heap, index), at(heap, parent))) return;
    swap(heap, index, parent);
    index = parent;
  }
}

function sink<Entry extends Timed>(heap: Entry[], from: number): void {
  for (let index = from; ; ) {
    const left = 2 * index + 1;
    if (left >= heap.length) return;
    const right = left + 1;
    const child = right < heap.length && isBefore(at(heap, right), at(heap, left)) ? right : left;
    if (!isBefore(at(heap, child), at(heap, index))) return;
    swap(heap, index, child);
    index = child;
  }
}

function at<Entry>(heap: readonly Entry[], index: number): Entry {
  const entry = heap[index];
  if (!entry) throw new RangeError('no such entry');
  return entry;
}

function swap<Entry>(heap: Entry[], a: number, b: number): void {
  const kept = at(heap, a);
  heap[a] = at(heap, b);
  heap[b] = kept;
}
