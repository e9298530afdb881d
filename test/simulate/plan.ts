import type { ShippingInterval } from '../../src/db/tables.ts';
import { dateOf } from './calendar.ts';
import { type Random, randomOf } from './random.ts';
import { type Interruption, spoken } from './world.ts';

export const CARRIERS = ['fictional', 'oddpost', 'plainpost'] as const;
export type CarrierName = (typeof CARRIERS)[number];

/** What a provider may do to a request, and the class that switches it off. */
export const TROUBLES = [
  'slow',
  'refused-connections',
  'cut-requests',
  'black-holes',
  'lost-answers',
  'cut-answers',
  'late-answers',
  'late-bookings',
  'throttles',
  'rejections',
  'errors',
  'unauthorized',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** Classes of behaviour beside the troubles; each can be left out of all histories (`--without`). */
const BEHAVIOURS = [
  'kills',
  'stops',
  'clock-steps',
  'sleeps',
  'signals',
  'loads',
  'address-changes',
  'provider-changes',
  'interval-changes',
  'inactive-orders',
  'retries',
  'resolves',
  'wrong-resolves',
  'receiver-restarts',
  'events',
  'stale-events',
  'future-events',
  'unknown-events',
  'repeated-events',
  'number-reuse',
] as const;
type Behaviour = (typeof BEHAVIOURS)[number] | Trouble;
export const CLASSES: readonly Behaviour[] = [...BEHAVIOURS, ...TROUBLES];

export interface OrderPlan {
  orderId: string;
  carrier: CarrierName;
  interval: ShippingInterval;
  startsOn: string;
}

export interface OrderChange {
  orderId: string;
  /** Its number goes into the address. */
  address?: number;
  carrier?: CarrierName;
  interval?: ShippingInterval;
  active?: boolean;
}

export type Step = { atMs: number } & (
  | {
      kind: 'run';
      name: string;
      interval: ShippingInterval | null;
      concurrency: number;
      limit: number | null;
      /** SIGTERM so much later; null for none. */
      signalAfterMs: number | null;
      interruptions: readonly Interruption[];
    }
  | { kind: 'load'; name: string; changes: readonly OrderChange[]; interruptions: readonly Interruption[] }
  | { kind: 'retry'; name: string; orderId: string | null; interruptions: readonly Interruption[] }
  | { kind: 'resolve'; name: string; wrongly: boolean; interruptions: readonly Interruption[] }
  | { kind: 'receiver'; name: string; interruptions: readonly Interruption[] }
  | {
      kind: 'trouble';
      carrier: CarrierName;
      trouble: Trouble;
      probability: number;
      forMs: number;
      retryAfterSeconds: number | null;
    }
  | { kind: 'step-clock'; byMs: number }
  | { kind: 'sleep'; forMs: number }
  | {
      kind: 'odd-event';
      carrier: CarrierName;
      orderId: string;
      odd: 'stale' | 'future' | 'unknown';
      days: number;
    }
);

export interface Plan {
  seed: number;
  epochMs: number;
  orders: readonly OrderPlan[];
  steps: readonly Step[];
  /** Whether parcels have events, and what is odd about them. */
  events: { some: boolean; repeated: boolean };
  reusesNumbers: boolean;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** @param steps - at most so many; null for as many as there are. */
export function planOf(seed: number, steps: number | null, without: ReadonlySet<string>): Plan {
  const random = randomOf(seed, 'plan');
  const epochMs = Date.UTC(2026, random.int(0, 11), random.int(1, 28), random.int(0, 23), random.int(0, 59));
  const orders = Array.from(
    { length: random.int(2, 6) },
    (_, index): OrderPlan => ({
      orderId: `co-${index + 1}`,
      carrier: random.pick(CARRIERS),
      interval: random.chance(0.75) ? 'weekly' : 'monthly',
      startsOn: dateOf(epochMs + random.int(-30, 8) * DAY),
    }),
  );
  const all: Step[] = [];
  const rounds = random.int(2, 4);
  let day = random.int(0, 3);
  for (let round = 0; round < rounds; round += 1) {
    all.push(...roundOf(random, round, day * DAY + random.int(0, 8) * HOUR, orders));
    day += random.chance(0.15) ? random.int(20, 40) : random.int(1, 9);
  }
  const wanted = all.flatMap((step) => less(step, without) ?? []).sort((a, b) => a.atMs - b.atMs);
  return {
    seed,
    epochMs,
    orders,
    steps: wanted.slice(0, steps ?? wanted.length),
    events: { some: !without.has('events'), repeated: !without.has('repeated-events') },
    reusesNumbers: !without.has('number-reuse'),
  };
}

function roundOf(random: Random, round: number, startMs: number, orders: readonly OrderPlan[]): Step[] {
  const steps: Step[] = [];
  const soon = () => startMs + random.int(0, random.pick([500, 5 * SECOND, 40 * SECOND]));
  const later = () => startMs + random.int(MINUTE, 3 * HOUR);
  const eitherTime = () => (random.chance(0.5) ? soon() : later());
  const orderId = () => orders[random.int(0, orders.length - 1)]?.orderId ?? 'co-1';
  const runs = random.pick([1, 1, 2, 2, 3, 4]);
  for (let index = 1; index <= runs; index += 1) {
    steps.push({
      atMs: soon(),
      kind: 'run',
      name: `run ${round + 1}.${index}`,
      interval: random.pick([null, null, null, null, 'weekly', 'monthly']),
      concurrency: random.pick([1, 1, 2, 4]),
      limit: random.chance(0.1) ? random.int(1, 3) : null,
      signalAfterMs: random.chance(0.08) ? random.int(1, 3 * SECOND) : null,
      interruptions: interruptionsOf(random, 0.35, 160),
    });
  }
  for (const carrier of CARRIERS) {
    while (random.chance(0.4)) {
      steps.push({
        atMs: startMs - SECOND + random.pick([0, random.int(0, 10 * SECOND)]),
        kind: 'trouble',
        carrier,
        trouble: random.pick(TROUBLES),
        probability: random.pick([0.3, 0.6, 1]),
        forMs: random.pick([SECOND, 5 * SECOND, 30 * SECOND, HOUR, 3 * DAY]),
        retryAfterSeconds: random.pick([null, 0, 1, 2, 2, 20, 120, 3_600]),
      });
    }
  }
  if (random.chance(0.35)) steps.push(loadOf(random, `load ${round + 1}`, eitherTime(), orderId));
  if (random.chance(0.25)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'retry',
      name: `retry ${round + 1}`,
      orderId: random.chance(0.3) ? orderId() : null,
      interruptions: interruptionsOf(random, 0.15, 20),
    });
  }
  if (random.chance(0.3)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'resolve',
      name: `resolve ${round + 1}`,
      wrongly: random.chance(0.1),
      interruptions: interruptionsOf(random, 0.15, 15),
    });
  }
  if (random.chance(0.15)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'receiver',
      name: `receiver ${round + 2}`,
      interruptions: interruptionsOf(random, 0.7, 40),
    });
  }
  if (random.chance(0.15)) {
    const byMs = random.pick([2 * SECOND, MINUTE, 2 * MINUTE, HOUR, 5 * HOUR]) * random.pick([1, -1]);
    steps.push({ atMs: soon(), kind: 'step-clock', byMs });
  }
  if (random.chance(0.06)) {
    steps.push({ atMs: soon(), kind: 'sleep', forMs: random.pick([5 * SECOND, 2 * MINUTE, 2 * HOUR]) });
  }
  while (random.chance(0.3)) {
    steps.push({
      atMs: random.chance(0.5) ? startMs - random.int(MINUTE, DAY / 4) : eitherTime(),
      kind: 'odd-event',
      carrier: random.pick(CARRIERS),
      orderId: orderId(),
      odd: random.pick(['stale', 'stale', 'future', 'unknown']),
      days: random.pick([3, 30, 900]),
    });
  }
  return steps;
}

function loadOf(random: Random, name: string, atMs: number, orderId: () => string): Step {
  const changes: OrderChange[] = [];
  do {
    const change = { orderId: orderId() };
    const drawn = random.int(1, 10);
    if (drawn <= 4) changes.push({ ...change, address: random.int(2, 99) });
    else if (drawn <= 6) changes.push({ ...change, carrier: random.pick(CARRIERS) });
    else if (drawn <= 7) changes.push({ ...change, interval: random.pick(['weekly', 'monthly']) });
    else changes.push({ ...change, active: random.chance(0.4) });
  } while (random.chance(0.4));
  return { atMs, kind: 'load', name, changes, interruptions: interruptionsOf(random, 0.15, 12) };
}

function interruptionsOf(random: Random, probability: number, turns: number): Interruption[] {
  const interruptions: Interruption[] = [];
  while (random.chance(probability)) {
    // Mostly early: more happens there.
    const atTurn = 1 + Math.floor(turns * random.next() ** 1.5);
    if (random.chance(0.6)) {
      interruptions.push({ atTurn, kind: 'kill' });
      break;
    }
    const forMs = random.pick([SECOND, 8 * SECOND, 20 * SECOND, 2 * MINUTE, 2 * HOUR]);
    interruptions.push({ atTurn, kind: 'stop', forMs });
  }
  return interruptions;
}

/** The step without what is switched off; undefined where nothing is left of it. */
function less(step: Step, without: ReadonlySet<string>): Step | undefined {
  if (without.size === 0) return step;
  if ('interruptions' in step) {
    const kept = step.interruptions.filter(({ kind }) => !without.has(kind === 'kill' ? 'kills' : 'stops'));
    const calmer = { ...step, interruptions: kept };
    switch (calmer.kind) {
      case 'run':
        return without.has('signals') ? { ...calmer, signalAfterMs: null } : calmer;
      case 'load': {
        const changes = calmer.changes.filter((change) => !without.has(classOfChange(change)));
        return without.has('loads') || changes.length === 0 ? undefined : { ...calmer, changes };
      }
      case 'retry':
        return without.has('retries') ? undefined : calmer;
      case 'resolve':
        if (without.has('resolves')) return undefined;
        return without.has('wrong-resolves') ? { ...calmer, wrongly: false } : calmer;
      case 'receiver':
        return without.has('receiver-restarts') ? undefined : calmer;
      default:
        return calmer satisfies never;
    }
  }
  const own = classOf(step);
  return own !== undefined && without.has(own) ? undefined : step;
}

function classOf(step: Step): Behaviour | undefined {
  switch (step.kind) {
    case 'trouble':
      return step.trouble;
    case 'step-clock':
      return 'clock-steps';
    case 'sleep':
      return 'sleeps';
    case 'odd-event':
      return `${step.odd}-events`;
    default:
      return undefined;
  }
}

function classOfChange({ address, carrier, interval }: OrderChange): Behaviour {
  if (address !== undefined) return 'address-changes';
  if (carrier !== undefined) return 'provider-changes';
  return interval === undefined ? 'inactive-orders' : 'interval-changes';
}

/** A step as a line to read. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'run': {
      const { name, interval, concurrency, limit, signalAfterMs } = step;
      const parts = [
        interval ?? 'both intervals',
        `concurrency ${concurrency}`,
        limit === null ? [] : `at most ${limit}`,
        signalAfterMs === null ? [] : `SIGTERM after ${spoken(signalAfterMs)}`,
        interrupted(step),
      ].flat();
      return `${name} starts (${parts.join(', ')})`;
    }
    case 'load':
      return [`${step.name}: ${step.changes.map(describeChange).join('; ')}`, ...interrupted(step)].join(
        ', ',
      );
    case 'retry':
      return [`${step.name}: ${step.orderId ?? 'all that is rejected'}`, ...interrupted(step)].join(', ');
    case 'resolve':
      return [`${step.name}${step.wrongly ? ', wrongly' : ''}`, ...interrupted(step)].join(', ');
    case 'receiver':
      return [`${step.name} takes the place of the one before`, ...interrupted(step)].join(', ');
    case 'trouble':
      return `${step.carrier}: ${step.trouble} for ${spoken(step.forMs)}, ${step.probability * 100} % of requests`;
    case 'step-clock':
      return `the wall clock is set ${step.byMs > 0 ? 'forwards' : 'back'} by ${spoken(step.byMs)}`;
    case 'sleep':
      return `the machine sleeps for ${spoken(step.forMs)}`;
    case 'odd-event':
      return `${step.carrier} sends ${step.odd === 'unknown' ? 'an' : 'a'} ${step.odd} event (${step.orderId}, ${step.days} days)`;
    default:
      return step satisfies never;
  }
}

function interrupted({ interruptions }: { interruptions: readonly Interruption[] }): string[] {
  return interruptions.map((each) =>
    each.kind === 'kill'
      ? `killed at turn ${each.atTurn}`
      : `stopped at turn ${each.atTurn} for ${spoken(each.forMs)}`,
  );
}

function describeChange({ orderId, address, carrier, interval, active }: OrderChange): string {
  if (address !== undefined) return `${orderId} moves to house ${address}`;
  if (carrier !== undefined) return `${orderId} goes to ${carrier}`;
  if (interval !== undefined) return `${orderId} becomes ${interval}`;
  return `${orderId} becomes ${active ? 'active' : 'inactive'}`;
}
