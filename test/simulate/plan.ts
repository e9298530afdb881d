import type { ShippingInterval } from '../../src/vocabulary.ts';
import { dateOf } from './calendar.ts';
import { type Random, randomOf } from './random.ts';
import { CARRIERS, type CarrierName, THEMES, type Theme, TROUBLES, type Trouble } from './themes.ts';
import type { Interruption } from './world.ts';

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
  'long-ids',
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
      odd: 'stale' | 'future' | 'unknown' | 'late';
      days: number;
    }
);

export interface Plan {
  seed: number;
  epochMs: number;
  orders: readonly OrderPlan[];
  steps: readonly Step[];
  /** When everything heals: later than all steps. */
  endMs: number;
  /** Whether parcels have events, and what is odd about them. */
  events: { some: boolean; repeated: boolean };
  reusesNumbers: boolean;
  /** In a row, after which a run stops sending to a provider; null for the default. */
  maxRejections: number | null;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * @param steps - at most so many; null for as many as there are.
 * @param themes - one of these is drawn.
 */
export function planOf(
  seed: number,
  steps: number | null,
  without: ReadonlySet<string>,
  themes: readonly [Theme, ...Theme[]] = THEMES,
): Plan {
  const random = randomOf(seed, 'plan');
  const epochMs = Date.UTC(2026, random.int(0, 11), random.int(1, 28), random.int(0, 23), random.int(0, 59));
  const theme = random.pick(themes);
  const hasLongId = random.chance(0.3) && !without.has('long-ids');
  const idOf = (index: number) => `co-${index + 1}${index === 0 && hasLongId ? '-long' : ''}`;
  const only = theme.oneCarrier ? random.pick(theme.carriers) : undefined;
  const orders = Array.from(
    { length: random.int(Math.min(2, theme.orders - 1), theme.orders) },
    (_, index): OrderPlan => ({
      orderId: idOf(index),
      carrier: only ?? random.pick(CARRIERS),
      interval: random.chance(0.75) ? 'weekly' : 'monthly',
      startsOn: dateOf(epochMs + random.int(-30, 8) * DAY),
    }),
  );
  const all: Step[] = [];
  const rounds = random.int(2, 4);
  let day = random.int(0, 3);
  for (let round = 0; round < rounds; round += 1) {
    all.push(...roundOf(random, theme, round, day * DAY + random.int(0, 8) * HOUR, orders));
    day += random.chance(0.15) ? random.int(20, 40) : random.pick(theme.gapDays);
  }
  const wanted = all.flatMap((step) => less(step, without) ?? []).sort((a, b) => a.atMs - b.atMs);
  return {
    seed,
    epochMs,
    orders,
    endMs: Math.max(0, ...all.map(({ atMs }) => atMs)) + DAY,
    steps: wanted.slice(0, steps ?? wanted.length),
    events: { some: !without.has('events'), repeated: !without.has('repeated-events') },
    reusesNumbers: !without.has('number-reuse'),
    maxRejections: theme.maxRejections,
  };
}

function roundOf(
  random: Random,
  theme: Theme,
  round: number,
  startMs: number,
  orders: readonly OrderPlan[],
): Step[] {
  const steps: Step[] = [];
  const soon = () => startMs + random.int(0, random.pick(theme.spreadMs));
  const later = () => startMs + random.int(MINUTE, 3 * HOUR);
  const eitherTime = () => (random.chance(0.5) ? soon() : later());
  const orderId = () => orders[random.int(0, orders.length - 1)]?.orderId ?? 'co-1';
  const runs = random.pick(theme.runs);
  for (let index = 1; index <= runs; index += 1) {
    steps.push({
      atMs: random.chance(0.85) ? soon() : later(),
      kind: 'run',
      name: `run ${round + 1}.${index}`,
      interval: random.pick([null, null, null, null, 'weekly', 'monthly']),
      concurrency: random.pick(theme.concurrency),
      limit: random.chance(theme.limit) ? random.int(1, 3) : null,
      signalAfterMs: random.chance(0.08) ? random.int(1, 3 * SECOND) : null,
      interruptions: interruptionsOf(random, theme.interruption, 160),
    });
  }
  const troubled = theme.oneCarrier ? orders.slice(0, 1).map(({ carrier }) => carrier) : CARRIERS;
  steps.push(...troublesOf(random, theme, startMs, troubled));
  steps.push(...operatorSteps(random, theme, { round, orderId, startMs }));
  if (random.chance(theme.queuedEditions)) steps.push(...queuedEditions(random, round, startMs, orders));
  if (random.chance(theme.receiver)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'receiver',
      name: `receiver ${round + 2}`,
      interruptions: interruptionsOf(random, 0.7, 40),
    });
  }
  if (random.chance(theme.clock)) {
    const byMs = random.pick([2 * SECOND, MINUTE, 2 * MINUTE, HOUR, 5 * HOUR]) * random.pick([1, 1, -1]);
    steps.push({ atMs: soon(), kind: 'step-clock', byMs });
  }
  if (random.chance(theme.sleep)) {
    steps.push({ atMs: soon(), kind: 'sleep', forMs: random.pick([5 * SECOND, 2 * MINUTE, 2 * HOUR]) });
  }
  while (random.chance(theme.event)) {
    steps.push({
      atMs: random.chance(0.4) ? startMs - random.int(MINUTE, DAY / 4) : eitherTime(),
      kind: 'odd-event',
      carrier: random.pick(CARRIERS),
      orderId: orderId(),
      odd: random.pick(['stale', 'late', 'late', 'future', 'unknown']),
      days: random.pick([3, 30, 900]),
    });
  }
  return steps;
}

function troublesOf(random: Random, theme: Theme, startMs: number, carriers: readonly CarrierName[]): Step[] {
  const steps: Step[] = [];
  for (const carrier of carriers) {
    if (theme.mixesTroubles) {
      for (const trouble of theme.troubles) {
        const forMs = random.pick(theme.troubleMs);
        const mixed = { atMs: startMs - SECOND, kind: 'trouble', carrier, trouble, forMs } as const;
        steps.push({
          ...mixed,
          probability: random.pick([0.3, 0.5]),
          retryAfterSeconds: random.pick([2, 20, 20]),
        });
      }
      continue;
    }
    while (random.chance(theme.trouble)) {
      steps.push({
        atMs: startMs - SECOND + random.pick([0, 0, random.int(0, 10 * SECOND)]),
        kind: 'trouble',
        carrier,
        trouble: random.pick(theme.troubles),
        probability: random.pick([0.3, 0.6, 1]),
        forMs: random.pick(theme.troubleMs),
        retryAfterSeconds: random.pick([null, 0, 1, 2, 2, 20, 120, 3_600]),
      });
    }
  }
  return steps;
}

/**
 * What a provider took without an answer it rejects when it comes again. All that is retried, and while a run has the new
 * editions in its queue and is slowed down, the provider tells of the first ones.
 */
function queuedEditions(
  random: Random,
  round: number,
  startMs: number,
  orders: readonly OrderPlan[],
): Step[] {
  const [carrier] = orders.map((order) => order.carrier);
  if (carrier === undefined) return [];
  const causing = (atMs: number, trouble: Trouble, probability: number, forMs: number): Step => ({
    atMs,
    kind: 'trouble',
    carrier,
    trouble,
    probability,
    forMs,
    retryAfterSeconds: random.pick([5, 10, 20]),
  });
  const running = (atMs: number, name: string): Step => ({
    atMs,
    kind: 'run',
    name,
    interval: null,
    concurrency: 1,
    limit: null,
    signalAfterMs: null,
    interruptions: [],
  });
  const againMs = startMs + 3 * MINUTE;
  return [
    causing(startMs - SECOND, 'lost-answers', 1, SECOND + random.int(300, 900)),
    causing(startMs - SECOND, 'rejections', 1, MINUTE),
    running(startMs, `run ${round + 1}.8`),
    {
      atMs: startMs + 2 * MINUTE,
      kind: 'retry',
      name: `retry ${round + 1}.8`,
      orderId: null,
      interruptions: [],
    },
    causing(againMs - SECOND, 'throttles', 0.3, 10 * MINUTE),
    causing(againMs - SECOND, 'slow', 1, 10 * MINUTE),
    running(againMs, `run ${round + 1}.9`),
    ...orders.map(
      ({ orderId }): Step => ({
        atMs: againMs + random.int(200, 30 * SECOND),
        kind: 'odd-event',
        carrier,
        orderId,
        odd: 'late',
        days: 0,
      }),
    ),
  ];
}

function operatorSteps(
  random: Random,
  theme: Theme,
  { round, orderId, startMs }: { round: number; orderId: () => string; startMs: number },
): Step[] {
  // While runs are under way, or when they have ended.
  const eitherTime = () =>
    startMs + (random.chance(0.4) ? random.int(0, 40 * SECOND) : random.int(2 * MINUTE, 3 * HOUR));
  const steps: Step[] = [];
  if (random.chance(theme.load)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'load',
      name: `load ${round + 1}`,
      changes: changesOf(random, theme, orderId),
      interruptions: interruptionsOf(random, 0.15, 12),
    });
  }
  if (random.chance(theme.retry)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'retry',
      name: `retry ${round + 1}`,
      orderId: random.chance(0.3) ? orderId() : null,
      interruptions: interruptionsOf(random, 0.15, 20),
    });
  }
  if (random.chance(theme.resolve)) {
    steps.push({
      atMs: eitherTime(),
      kind: 'resolve',
      name: `resolve ${round + 1}`,
      wrongly: random.chance(0.1),
      interruptions: interruptionsOf(random, 0.15, 15),
    });
  }
  return steps;
}

function changesOf(random: Random, theme: Theme, orderId: () => string): OrderChange[] {
  const changes: OrderChange[] = [];
  do {
    const change = { orderId: orderId() };
    const what = random.pick(theme.changes);
    const house = random.int(2, 99);
    const carrier = random.pick(CARRIERS);
    const interval = random.pick(['weekly', 'monthly'] as const);
    if (what === 'address') changes.push({ ...change, address: house });
    else if (what === 'carrier') changes.push({ ...change, carrier });
    else if (what === 'interval') changes.push({ ...change, interval });
    else changes.push({ ...change, active: what === 'active' });
  } while (random.chance(0.4));
  return changes;
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
      return step.odd === 'late' ? 'events' : `${step.odd}-events`;
    default:
      return undefined;
  }
}

function classOfChange({ address, carrier, interval }: OrderChange): Behaviour {
  if (address !== undefined) return 'address-changes';
  if (carrier !== undefined) return 'provider-changes';
  return interval === undefined ? 'inactive-orders' : 'interval-changes';
}
