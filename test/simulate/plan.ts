import type { ShippingInterval } from '../../src/vocabulary.ts';
import { dateOf } from './calendar.ts';
import { randomOf } from './random.ts';
import { roundOf } from './rounds.ts';
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

const HOUR = 3_600_000;
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
