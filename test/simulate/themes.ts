const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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
  'not-found',
  'wrong-address',
] as const;
export type Trouble = (typeof TROUBLES)[number];

/** How likely each kind of step is in a round, and what providers do. A theme makes rare sequences frequent. */
export interface Theme {
  name: string;
  /** At most so many. */
  orders: number;
  /** They all go to the same provider, and nothing is wrong with the others. */
  oneCarrier: boolean;
  carriers: readonly [CarrierName, ...CarrierName[]];
  /** In how long all of a round begins. */
  spreadMs: readonly [number, ...number[]];
  concurrency: readonly [number, ...number[]];
  /** How often a run has a limit. */
  limit: number;
  /** From one round to the next; now and then it is a month. */
  gapDays: readonly [number, ...number[]];
  runs: readonly [number, ...number[]];
  troubles: readonly [Trouble, ...Trouble[]];
  /** Of one more for a provider. */
  trouble: number;
  /** All of them at once, a bit of each. */
  mixesTroubles: boolean;
  troubleMs: readonly [number, ...number[]];
  load: number;
  changes: readonly [Change, ...Change[]];
  retry: number;
  resolve: number;
  receiver: number;
  clock: number;
  sleep: number;
  event: number;
  interruption: number;
  /** How likely a round is one of `queuedEditions`. */
  queuedEditions: number;
  /** And one of `claimsThroughBreak`. */
  claimsThroughBreak: number;
  /** In a row, after which a run stops sending to a provider; null for the default. */
  maxRejections: number | null;
}
export type Change = 'address' | 'carrier' | 'interval' | 'active' | 'inactive';

const MIXED: Theme = {
  name: 'mixed',
  orders: 6,
  oneCarrier: false,
  carriers: CARRIERS,
  concurrency: [1, 1, 2, 4],
  spreadMs: [500, 5 * SECOND, 40 * SECOND],
  limit: 0.1,
  gapDays: [1, 2, 3, 5, 7, 7, 9],
  runs: [1, 1, 2, 2, 3, 4],
  troubles: TROUBLES,
  trouble: 0.4,
  mixesTroubles: false,
  troubleMs: [SECOND, 5 * SECOND, 30 * SECOND, HOUR, 3 * DAY],
  load: 0.35,
  changes: ['address', 'address', 'carrier', 'interval', 'active', 'inactive', 'inactive'],
  retry: 0.25,
  resolve: 0.3,
  receiver: 0.15,
  clock: 0.15,
  sleep: 0.06,
  event: 0.3,
  interruption: 0.35,
  queuedEditions: 0,
  claimsThroughBreak: 0,
  maxRejections: null,
};

export const THEMES: readonly [Theme, ...Theme[]] = [
  MIXED,
  MIXED,
  // Editions: what is rejected after an answer was lost, and retried.
  {
    ...MIXED,
    name: 'editions',
    orders: 3,
    gapDays: [0.5, 1],
    runs: [1, 1, 2],
    troubles: ['lost-answers', 'rejections', 'cut-requests', 'throttles'],
    mixesTroubles: true,
    troubleMs: [HOUR, DAY],
    retry: 1,
    event: 0.6,
    interruption: 0.05,
  },
  // Overlapping runs at providers that throttle.
  {
    ...MIXED,
    name: 'throttling',
    orders: 8,
    oneCarrier: true,
    spreadMs: [500, 500, 20 * SECOND],
    limit: 0.6,
    runs: [2, 3, 4],
    troubles: ['throttles', 'throttles', 'slow'],
    trouble: 0.8,
    troubleMs: [30 * SECOND, HOUR],
    interruption: 0.05,
    clock: 0,
    sleep: 0,
  },
  // Orders that rest while something of them waits.
  {
    ...MIXED,
    name: 'rest',
    orders: 2,
    gapDays: [2, 7, 10],
    runs: [1, 1, 2],
    carriers: ['fictional', 'fictional', 'oddpost', 'plainpost'],
    oneCarrier: true,
    troubles: ['refused-connections', 'unauthorized', 'errors', 'black-holes', 'cut-requests'],
    trouble: 0.6,
    troubleMs: [HOUR],
    load: 0.9,
    changes: ['inactive', 'active'],
    interruption: 0.05,
    claimsThroughBreak: 0.3,
  },
  // Orders that are changed while nothing gets through.
  {
    ...MIXED,
    name: 'changes',
    orders: 3,
    gapDays: [2, 7, 10],
    runs: [1, 2],
    troubles: ['refused-connections', 'refused-connections', 'cut-requests', 'unauthorized', 'errors'],
    trouble: 0.6,
    troubleMs: [HOUR, 3 * DAY],
    load: 0.8,
    changes: ['address', 'inactive', 'active', 'carrier', 'interval'],
    interruption: 0.1,
  },
  // Processes that are stopped and killed, and clocks that are set.
  {
    ...MIXED,
    name: 'clocks',
    orders: 8,
    oneCarrier: true,
    carriers: ['oddpost', 'oddpost', 'fictional', 'plainpost'],
    concurrency: [1],
    spreadMs: [SECOND],
    limit: 0.2,
    runs: [2, 3, 4],
    troubles: ['slow', 'slow', 'slow', 'lost-answers', 'late-answers'],
    trouble: 0.8,
    troubleMs: [30 * SECOND, HOUR],
    clock: 0.9,
    sleep: 0.2,
    interruption: 0.3,
    load: 0.1,
    event: 0.1,
  },
  // Editions that wait in a run's queue while it comes out that the provider has the first ones.
  {
    ...MIXED,
    name: 'queued editions',
    orders: 8,
    oneCarrier: true,
    carriers: ['fictional'],
    concurrency: [1],
    gapDays: [7],
    runs: [0, 0, 1],
    trouble: 0,
    retry: 0,
    load: 0.1,
    clock: 0,
    sleep: 0,
    event: 0.3,
    interruption: 0.05,
    queuedEditions: 1,
  },
  // Providers that take nothing.
  {
    ...MIXED,
    name: 'nothing taken',
    orders: 12,
    oneCarrier: true,
    spreadMs: [SECOND, 20 * SECOND],
    gapDays: [1, 7],
    runs: [1, 1, 2],
    troubles: ['rejections', 'rejections', 'not-found', 'not-found', 'wrong-address'],
    trouble: 0.8,
    troubleMs: [30 * SECOND, HOUR],
    load: 0.1,
    interruption: 0.1,
    maxRejections: 3,
  },
];
