import type { Clock } from '../../src/clock.ts';
import { createQueue, type Queue, type Timed } from './queue.ts';
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

interface Entry extends Timed {
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
  const queue = createQueue<Entry>();
  const time: Time = {
    nowMs: 0,
    sleptMs: 0,
    steppedMs: 0,
    asleepUntil: 0,
    disturbedAt: Number.NEGATIVE_INFINITY,
  };

  const tell: World['tell'] = (who, what, orders = []) =>
    // The names of runs are drawn anew each time, and nothing depends on them.
    lines?.push({ atMs: time.nowMs, who, what: what().replace(RUN_ID, '…'), orders });

  const kill = (process: Actor) => {
    if (!process.alive) return;
    process.alive = false;
    process.killed = true;
    for (const close of process.closers) close();
  };

  const surroundings = { seed, epochMs, time, queue, kill, tell, done: { entries: 0 } };

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
      queue.delay(forMs, ({ process }) => process !== undefined);
    },
    wasDisturbedSince: (sinceMs) => time.disturbedAt >= sinceMs,
    startProcess: (name, interruptions = []) => startProcess(name, interruptions, surroundings),
    run: () => runAll(surroundings, options.isOver),
  };
}

/** Until nothing is left to happen, or there is nothing more to find out. */
async function runAll(surroundings: Surroundings, isOver: () => boolean): Promise<void> {
  const { queue, time, done } = surroundings;
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    if (entry.run === undefined) continue;
    time.nowMs = Math.max(time.nowMs, entry.atMs);
    if (entry.process && !entry.process.alive) continue;
    if (entry.process && !takesTurn(entry, entry.process, surroundings)) {
      // What a killed process had open is closed.
      await allDone();
      continue;
    }
    done.entries += 1;
    if (done.entries > MOST_ENTRIES) throw new Error('the history does not come to rest');
    entry.run();
    await allDone();
    if (isOver()) return;
  }
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
  queue: Queue<Entry>;
  kill: (actor: Actor) => void;
  tell: World['tell'];
  done: { entries: number };
}

/** True where the process may go on now. */
function takesTurn(entry: Entry, process: Actor, { time, queue, kill, tell }: Surroundings): boolean {
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
  const untilMs = time.nowMs + interruption.forMs;
  process.stops.push({ fromMs: time.nowMs, untilMs });
  time.disturbedAt = Math.max(time.disturbedAt, untilMs);
  queue.push(entry, untilMs);
  return false;
}

function startProcess(
  name: string,
  interruptions: readonly Interruption[],
  surroundings: Surroundings,
): Process {
  const { seed, time, queue, kill } = surroundings;
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
  const later = (delayMs: number, run: () => void) => {
    const entry: Entry = { atMs: time.nowMs + Math.max(0, delayMs), order: 0, process: actor, run };
    queue.push(entry);
    return () => {
      entry.run = undefined;
    };
  };
  return {
    name,
    clock: clockOf(random, later, surroundings),
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

/** A process's clocks and timers. */
function clockOf(
  random: Random,
  later: Process['later'],
  { time, epochMs }: Pick<Surroundings, 'time' | 'epochMs'>,
): Clock {
  const startedMs = time.nowMs;
  // In a month some seconds.
  const drift = random.between(-1e-6, 1e-6);
  const monotonicFrom = random.int(1_000, 1_000_000);
  const timer = (ms: number, run: () => void) => later(Math.max(1, ms) + random.between(0, 1.5), run);
  return {
    now: () => Math.round(epochMs + time.nowMs + time.steppedMs + drift * (time.nowMs - startedMs)),
    // While the machine sleeps, nobody asks.
    monotonic: () => monotonicFrom + time.nowMs - time.sleptMs,
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
}

/**
 * Until every promise that can go on has done so. Called from a promise's callback, a tick comes only when none of
 * them is left: between two entries everything rests.
 */
function allDone(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
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
