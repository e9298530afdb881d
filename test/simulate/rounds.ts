import type { OrderChange, OrderPlan, Step } from './plan.ts';
import type { Random } from './random.ts';
import { CARRIERS, type CarrierName, type Theme, type Trouble } from './themes.ts';
import type { Interruption } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What happens in some hours or days, by chance and as a theme has it. */
export function roundOf(
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
  if (random.chance(theme.claimsThroughBreak))
    steps.push(...claimsThroughBreak(random, round, startMs, orders));
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

/** A run dies holding what it has claimed, and before another looks for that its orders rest until a later due date. */
function claimsThroughBreak(
  random: Random,
  round: number,
  startMs: number,
  orders: readonly OrderPlan[],
): Step[] {
  const loading = (atMs: number, name: string, active: boolean): Step => ({
    atMs,
    kind: 'load',
    name,
    changes: orders.map(({ orderId }) => ({ orderId, active })),
    interruptions: [],
  });
  return [
    {
      atMs: startMs + 4 * HOUR,
      kind: 'run',
      name: `run ${round + 1}.7`,
      interval: null,
      concurrency: 1,
      limit: null,
      signalAfterMs: null,
      interruptions: [{ atTurn: random.int(8, 50), kind: 'kill' }],
    },
    loading(startMs + 4 * HOUR + MINUTE, `load ${round + 1}.7`, false),
    loading(startMs + 6.5 * DAY, `load ${round + 1}.8`, true),
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
