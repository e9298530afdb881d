import type { Clock } from '../../src/clock.ts';
import { type Random, randomOf } from './random.ts';

/** What happens to a process just before it would go on for the `atTurn`th time, counted from 1. */
export type Interruption =
  | { atTurn: number; kind: 'kill' }
  /** SIGSTOP, and SIGCONT so much later. */
  | { atTurn: number; kind: 'stop'; forMs: number };

/** A process: it goes on when one of its timers ends, a statement was let through, or an answer comes. */
export interface Process {
  name: string;
  clock: Clock;
  random: Random;
  /** Also after it has ended by itself. */
  wasKilled(): boolean;
  /** Does something in this process's name in `delayMs`, unless it is dead by then; a stopped one does it later. */
  later(delayMs: number, run: () => void): () => void;
  /** It is gone: nothing of it happens any more, and what it had open is closed. */
  kill(): void;
  onKill(close: () => void): void;
  /** It has ended by itself: none of its timers counts any more. */
  exit(): void;
  /** How long it has been doing something since `sinceMs`: without the time in which it was stopped. */
  activeMsSince(sinceMs: number): number;
}

/** One line of a history. */
export interface Line {
  atMs: number;
  who: string;
  what: string;
  /** The orders that it is about; empty for all. */
  orders: readonly string[];
}

export interface World {
  /** The real time, milliseconds since the start of the history. */
  nowMs(): number;
  /** What a right wall clock shows, epoch milliseconds. */
  trueTime(): number;
  at(atMs: number, run: () => void): void;
  startProcess(name: string, interruptions?: readonly Interruption[]): Process;
  stepClocks(byMs: number): void;
  /** The machine sleeps: all its processes, and their monotonic clocks, stand still; the world goes on. */
  sleepMachine(forMs: number): void;
  /** Whether since then the machine slept, its wall clock was set, or a process was stopped. */
  wasDisturbedSince(sinceMs: number): boolean;
  tell(who: string, what: () => string, orders?: readonly string[]): void;
  /** Goes on until nothing is left to happen. */
  run(): Promise<void>;
}

interface Entry {
  atMs: number;
  order: number;
  process: Actor | undefined;
  run: (() => void) | undefined;
}

interface Actor {
  alive: boolean;
  killed: boolean;
  turns: number;
  stops: { fromMs: number; untilMs: number }[];
  interruptions: readonly Interruption[];
  closers: (() => void)[];
  name: string;
}

const RUN_ID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;
/** More than any history has, also one in which a process is stopped for hours with the database locked. */
const MOST_ENTRIES = 500_000;

/** @param options.lines - where the history is told; undefined where nobody reads it. */
export function createWorld(options: {
  seed: number;
  epochMs: number;
  lines: Line[] | undefined;
  /** Whether there is nothing more to find out. */
  isOver: () => boolean;
}): World {
  const { seed, epochMs, lines } = options;
  const queue = createQueue();
  const time: Time = {
    nowMs: 0,
    sleptMs: 0,
    steppedMs: 0,
    asleepUntil: 0,
    disturbedAt: Number.NEGATIVE_INFINITY,
  };
  let done = 0;

  const tell: World['tell'] = (who, what, orders = []) =>
    // The names of runs are drawn anew each time, and nothing depends on them.
    lines?.push({ atMs: time.nowMs, who, what: what().replace(RUN_ID, '…'), orders });

  const kill = (process: Actor) => {
    if (!process.alive) return;
    process.alive = false;
    process.killed = true;
    for (const close of process.closers) close();
  };

  /** True where the process may go on now. */
  const takesTurn = (entry: Entry, process: Actor): boolean => {
    const stopped = process.stops.at(-1)?.untilMs ?? 0;
    const waitsUntil = Math.max(stopped, time.asleepUntil);
    if (waitsUntil > time.nowMs) {
      queue.push(entry, waitsUntil);
      return false;
    }
    process.turns += 1;
    const interruption = process.interruptions.find(({ atTurn }) => atTurn === process.turns);
    if (interruption === undefined) return true;
    if (interruption.kind === 'kill') {
      tell(process.name, () => 'is killed (SIGKILL)');
      kill(process);
      return false;
    }
    tell(process.name, () => `is stopped (SIGSTOP) for ${spoken(interruption.forMs)}`);
    process.stops.push({ fromMs: time.nowMs, untilMs: time.nowMs + interruption.forMs });
    time.disturbedAt = Math.max(time.disturbedAt, time.nowMs + interruption.forMs);
    queue.push(entry, time.nowMs + interruption.forMs);
    return false;
  };

  return {
    nowMs: () => time.nowMs,
    trueTime: () => epochMs + time.nowMs,
    at: (atMs, run) => void queue.push({ atMs, run, process: undefined, order: 0 }),
    tell,
    stepClocks(byMs) {
      time.steppedMs += byMs;
      time.disturbedAt = Math.max(time.disturbedAt, time.nowMs);
    },
    sleepMachine(forMs) {
      time.sleptMs += forMs;
      time.asleepUntil = Math.max(time.asleepUntil, time.nowMs) + forMs;
      time.disturbedAt = Math.max(time.disturbedAt, time.asleepUntil);
      // Timers go by a clock that stands still meanwhile.
      queue.delay(forMs);
    },
    wasDisturbedSince: (sinceMs) => time.disturbedAt >= sinceMs,
    startProcess: (name, interruptions = []) =>
      startProcess(name, interruptions, { seed, epochMs, time, queue, kill }),
    async run() {
      for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
        if (entry.run === undefined) continue;
        time.nowMs = Math.max(time.nowMs, entry.atMs);
        if (entry.process && !entry.process.alive) continue;
        if (entry.process && !takesTurn(entry, entry.process)) {
          // What a killed process had open is closed.
          await allDone();
          continue;
        }
        done += 1;
        if (done > MOST_ENTRIES) throw new Error('the history does not come to rest');
        entry.run();
        await allDone();
        if (options.isOver()) return;
      }
    },
  };
}

/** What all processes share of the time. */
interface Time {
  nowMs: number;
  sleptMs: number;
  steppedMs: number;
  asleepUntil: number;
  disturbedAt: number;
}

interface Surroundings {
  seed: number;
  epochMs: number;
  time: Time;
  queue: ReturnType<typeof createQueue>;
  kill: (actor: Actor) => void;
}

function startProcess(
  name: string,
  interruptions: readonly Interruption[],
  { seed, epochMs, time, queue, kill }: Surroundings,
): Process {
  const random = randomOf(seed, 'process', name);
  const actor: Actor = {
    alive: true,
    killed: false,
    turns: 0,
    stops: [],
    interruptions,
    closers: [],
    name,
  };
  const startedMs = time.nowMs;
  // In a month some seconds.
  const drift = random.between(-1e-6, 1e-6);
  const monotonicFrom = random.int(1_000, 1_000_000);
  // While the machine sleeps, nobody asks.
  const monotonic = () => time.nowMs - time.sleptMs;
  const later = (delayMs: number, run: () => void) => {
    const entry: Entry = { atMs: time.nowMs + Math.max(0, delayMs), order: 0, process: actor, run };
    const queued = queue.push(entry);
    return () => queue.cancel(queued);
  };
  const timer = (ms: number, run: () => void) => later(Math.max(1, ms) + random.between(0, 1.5), run);
  const clock: Clock = {
    now: () => Math.round(epochMs + time.nowMs + time.steppedMs + drift * (time.nowMs - startedMs)),
    monotonic: () => monotonicFrom + monotonic(),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const end = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const cancel = timer(ms, end);
        const abort = () => {
          cancel();
          resolve();
        };
        signal?.addEventListener('abort', abort, { once: true });
      }),
    after: timer,
  };
  return {
    name,
    clock,
    random,
    later,
    wasKilled: () => actor.killed,
    exit() {
      actor.alive = false;
    },
    kill: () => kill(actor),
    onKill: (close) => void actor.closers.push(close),
    activeMsSince: (sinceMs) =>
      actor.stops.reduce(
        (active, { fromMs, untilMs }) =>
          active - Math.max(0, Math.min(untilMs, time.nowMs) - Math.max(fromMs, sinceMs)),
        time.nowMs - sinceMs,
      ),
  };
}

/**
 * Until every promise that can go on has done so. Called from a promise's callback, a tick comes only when none of
 * them is left: between two entries everything rests.
 */
function allDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}

/** A heap, by time; of the same time, in the order in which they came. */
function createQueue() {
  let heap: Entry[] = [];
  let pushed = 0;
  const isBefore = (a: Entry, b: Entry) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  const at = (index: number): Entry => {
    const entry = heap[index];
    if (!entry) throw new RangeError('no such entry');
    return entry;
  };
  const swap = (a: number, b: number) => {
    const kept = at(a);
    heap[a] = at(b);
    heap[b] = kept;
  };
  const push = (entry: Entry, atMs = entry.atMs): Entry => {
    pushed += 1;
    entry.atMs = atMs;
    entry.order = pushed;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(at(index), at(parent))) break;
      swap(index, parent);
      index = parent;
    }
    return entry;
  };
  return {
    push,
    cancel(entry: Entry) {
      entry.run = undefined;
    },
    pop(): Entry | undefined {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last || heap.length === 0) return first;
      heap[0] = last;
      for (let index = 0; ; ) {
        const left = 2 * index + 1;
        if (left >= heap.length) break;
        const child = left + 1 < heap.length && isBefore(at(left + 1), at(left)) ? left + 1 : left;
        if (!isBefore(at(child), at(index))) break;
        swap(child, index);
        index = child;
      }
      return first;
    },
    /** All that processes wait for comes so much later. */
    delay(byMs: number) {
      const entries = heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
      heap = [];
      for (const entry of entries) {
        if (entry.process) entry.atMs += byMs;
        push(entry);
      }
    },
  };
}

/** `90_000` as `1 min 30 s`. */
export function spoken(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ] as const;
  let left = Math.round(Math.abs(ms));
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count > 0 && parts.length < 2) parts.push(`${count} ${unit}`);
  }
  return parts.join(' ') || '0 ms';
}
