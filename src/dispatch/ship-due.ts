import type { ProviderSettings } from '../config.ts';
import type { Provider } from '../providers/provider.ts';
import type { ShippingInterval } from '../vocabulary.ts';
import { intervalsOf, readBacklog, workOfProviders } from './claims/backlog.ts';
import { type Store, storeOn } from './claims/store.ts';
import type { ThreadStore } from './claims/thread/client.ts';
import { type LaneContext, shipThroughProvider } from './lane/provider-lane.ts';
import { type Budget, divideLimit } from './run/limit.ts';
import { startRun } from './run/run.ts';
import { timingFor } from './run/timing.ts';
import { createAnswerRoom } from './send/answer-room.ts';
import { settleAll } from './settle-all.ts';
import { type RunSummary, settleOpen, summarizeLane } from './summary/run-summary.ts';
import { type Counts, createTally, sumCounts } from './summary/tally.ts';

/** From so many shipments on what a thread gains is more than starting it costs, some 50 ms. */
const WORTH_A_THREAD = 2_000;

export interface ShipDueOptions {
  /** Null for both. */
  interval: ShippingInterval | null;
  /** The date to take for today. */
  asOf: string;
  /** At most so many shipments are claimed; `Number.MAX_SAFE_INTEGER` for no limit. */
  limit: number;
  /** Aborts when the run is to end: nothing more is begun, what is under way is finished and recorded. */
  stop: AbortSignal;
}

/** A provider and how to reach it. */
export interface Destination {
  provider: Provider;
  settings: ProviderSettings;
}

export interface ShipDueContext extends LaneContext {
  /** All that are known, also those that this run does not send through: an order may have moved to one. */
  providers: ReadonlyMap<string, Provider>;
  /** Throws where the database was deleted or replaced since it was opened. */
  assertInPlace: () => void;
  /** A batch of results is durable. */
  onProgress: (counts: Counts) => void;
  /** For a run that has much to do; without it everything happens in this thread. */
  openThreadStore?: (() => Promise<ThreadStore>) | undefined;
}

/** The longest that one attempt can take. */
function attemptMs({ provider, settings }: Destination): number {
  const requests = provider.repeatedOrders.kind === 'look-up' ? 2 : 1;
  return requests * settings.timeoutMs;
}

/**
 * Sends what is due through its providers, each beside the others, and reports what became of it. Afterwards every
 * shipment that it claimed is sent, rejected, or left for the next run; see README.md beside this file.
 */
export async function shipDue(
  context: ShipDueContext,
  destinations: readonly Destination[],
  options: ShipDueOptions,
): Promise<RunSummary> {
  const { db, providers } = context;
  const work = await workOfProviders(db, intervalsOf(options.interval), options.asOf);
  // A provider that nothing is to be done for opens no connection, and its time-out does not lengthen the lease.
  const busy = destinations.filter(({ provider }) => work.has(provider.name));
  const shipments = busy.reduce((total, { provider }) => total + (work.get(provider.name) ?? 0), 0);
  const thread = Math.min(shipments, options.limit) < WORTH_A_THREAD ? undefined : await openThread(context);
  const store = thread ?? storeOn(db, providers);
  try {
    return await shipThrough(context, inPlace(store, context.assertInPlace), busy, options);
  } finally {
    await thread?.close();
  }
}

/** Undefined where there is none, or where it can't begin: then the run takes longer, no more. */
async function openThread({ openThreadStore, log }: ShipDueContext): Promise<ThreadStore | undefined> {
  try {
    return await openThreadStore?.();
  } catch (error) {
    log.warn('the run goes on without a thread for the database', { error: String(error) });
    return undefined;
  }
}

/** Nothing is claimed in a file that is lost, and what was recorded in one is not taken for durable. */
function inPlace(store: Store, assertInPlace: () => void): Store {
  const checked =
    <Args extends unknown[], Answer>(claim: (...args: Args) => Promise<Answer>) =>
    async (...args: Args) => {
      assertInPlace();
      return claim(...args);
    };
  return {
    ...store,
    planAndClaim: checked(store.planAndClaim),
    claimBacklog: checked(store.claimBacklog),
    claimRetries: checked(store.claimRetries),
    claimQuarantined: checked(store.claimQuarantined),
    rescue: checked(store.rescue),
    async recordResults(...args) {
      const lost = await store.recordResults(...args);
      assertInPlace();
      return lost;
    },
  };
}

async function shipThrough(
  context: ShipDueContext,
  store: Store,
  busy: readonly Destination[],
  options: ShipDueOptions,
): Promise<RunSummary> {
  const { db, clock, log } = context;
  const timing = timingFor(Math.max(0, ...busy.map(attemptMs)));
  const run = await startRun(context, { shippingInterval: options.interval, asOf: options.asOf, timing });
  log.debug('run started', { run_id: run.runId, as_of: options.asOf });
  const failed = new AbortController();
  const fail = () => failed.abort();
  const stop = AbortSignal.any([options.stop, failed.signal]);

  const intervals = intervalsOf(options.interval);
  const budgets = await divide(context, busy, options);
  const planned = busy.map((destination, index) => ({
    ...destination,
    tally: createTally(),
    budget: budgets[index] ?? { left: 0 },
  }));
  const onProgress = () => context.onProgress(sumCounts(planned.map(({ tally }) => tally.counts())));
  const room = createAnswerRoom();
  const scope = { store, run, intervals, asOf: options.asOf, stop, room, fail, onProgress };
  const lanes = await settleAll(
    planned.map((lane) => shipThroughProvider(context, scope, lane)),
    fail,
  );
  const broken = lanes.find((lane) => lane.status === 'rejected');
  const finishedAt = await run.finish().catch((error: unknown) => {
    // Where even giving back fails, the lease runs out and the next run rescues: the first failure is the one to tell.
    if (broken) return clock.now();
    throw error;
  });
  const settled = planned.map(({ tally }) => settleOpen(db, tally));
  // What kept the run from going on may keep it from this as well: then what it counted is all there is to tell.
  await (broken ? Promise.allSettled(settled) : Promise.all(settled));
  return {
    counts: sumCounts(planned.map(({ tally }) => tally.counts())),
    problems: planned.flatMap(({ tally }) => tally.problems()),
    runId: run.runId,
    startedAt: run.startedAt,
    finishedAt,
    lanes: broken
      ? []
      : await Promise.all(
          lanes.flatMap((lane) =>
            lane.status === 'fulfilled'
              ? summarizeLane(context, lane.value, { intervals, asOf: options.asOf })
              : [],
          ),
        ),
    failure: broken?.reason,
  };
}

/** Each provider's part of the limit. */
async function divide(
  { db, random }: ShipDueContext,
  destinations: readonly Destination[],
  { limit, interval, asOf }: ShipDueOptions,
): Promise<Budget[]> {
  if (limit === Number.MAX_SAFE_INTEGER) return destinations.map(() => ({ left: limit }));
  const backlogs = [];
  for (const { provider } of destinations) {
    backlogs.push(await readBacklog(db, provider.name, intervalsOf(interval), asOf));
  }
  return divideLimit(
    limit,
    backlogs.map(({ dueOrders, pending, sending }) => dueOrders + pending + sending),
    random,
  );
}
