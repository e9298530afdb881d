import { type Clock, toRfc3339 } from '../../clock.ts';
import type { ProviderSettings } from '../../config.ts';
import type { Db } from '../../db/open.ts';
import type { Log } from '../../log.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Claimant } from '../claims/claim.ts';
import type { Store } from '../claims/store.ts';
import type { Budget } from '../run/limit.ts';
import type { Run } from '../run/run.ts';
import type { AnswerRoom } from '../send/answer-room.ts';
import type { Connect } from '../send/http.ts';
import { createPace, type Pace } from '../send/pace/pace.ts';
import { PATIENCE_MS } from '../send/pace/throttle.ts';
import { forgetEndedPause, keepPause, readPause, watchPause } from '../send/provider-pause.ts';
import { settlingMs } from '../send/settling.ts';
import type { Tally } from '../summary/tally.ts';
import { createClaimOrder } from './claim-order.ts';
import { createFeed } from './feed.ts';
import { runLane } from './lane.ts';
import { createRecorder } from './recorder.ts';

/** What a lane needs of the program. */
export interface LaneContext {
  db: Db;
  clock: Clock;
  log: Log;
  /** From 0 to 1. */
  random: () => number;
  userAgent: string;
  /** How providers are reached; left out: by HTTP over sockets. */
  connect?: Connect;
}

/** What the lanes of a run share. */
export interface LaneScope {
  store: Store;
  run: Run;
  intervals: Claimant['intervals'];
  asOf: string;
  stop: AbortSignal;
  /** For the answers of all providers. */
  room: AnswerRoom;
  /** Stops the whole run, since it can't go on. */
  fail: () => void;
  /** A batch of results is durable. */
  onProgress: () => void;
}

/** One provider's part of a run. */
export interface ProviderPart {
  provider: Provider;
  settings: ProviderSettings;
  tally: Tally;
  budget: Budget;
}

/** Sends what one provider is to have, until there is nothing more to do for it in this run. */
export async function shipThroughProvider(
  context: LaneContext,
  scope: LaneScope,
  part: ProviderPart,
): Promise<{ provider: string; pace: Pace; tally: Tally }> {
  const { provider, settings, tally, budget } = part;
  const { clock, log, random } = context;
  const { store, run, intervals, asOf, fail } = scope;
  // Here, since undici takes as long to load as the rest of the program, and most runs find nothing to send.
  const [{ createSender }, { connect }] = await Promise.all([
    import('../send/sender.ts'),
    import('../send/http.ts'),
  ]);
  const pace = await openPace(context, scope.stop, part);
  const { concurrency } = settings;
  const resend = provider.repeatedOrders.kind !== 'unrecognised';
  const recorder = createRecorder(
    { store, clock },
    run.id,
    {
      recorded: (result, lost) => {
        run.unrecorded.delete(result.shipment.id);
        tally.count(result, lost);
      },
      batchRecorded: scope.onProgress,
      failed: fail,
    },
    // What was sent and is not recorded is in doubt when the process dies. Where sending it again is no way to find out,
    // it is recorded as soon as so many are there as are sent at once.
    resend ? undefined : { batch: concurrency, unrecorded: concurrency },
  );
  const claims = { store, clock, run, provider: provider.name, intervals, asOf, budget, resend, tally };
  const order = createClaimOrder(claims);
  const feed = createFeed({ order, clock, stop: pace.ended, concurrency, resend, flush: recorder.flush });
  const sender = createSender(provider, settings, { connect, room: scope.room, ...context });
  const laneEnded = new AbortController();
  const watching = watchPause(context, provider.name, pace.learnPause, laneEnded.signal);
  // Only this run knows how much of the settling time of its own attempts is over: the next one would begin to count anew.
  const longestWaitMs = Math.max(PATIENCE_MS, settlingMs(provider.repeatedOrders, settings.timeoutMs));
  const waits = { resend, longestWaitMs };
  const lane = { store, concurrency, feed, pace, sender, recorder, run, random, log, fail, ...waits };
  await runLane(lane).finally(() => laneEnded.abort());
  await watching;
  await forgetEndedPause(context, provider.name);
  return { provider: provider.name, pace, tally };
}

async function openPace(
  context: LaneContext,
  stop: AbortSignal,
  { provider, settings }: ProviderPart,
): Promise<Pace> {
  const { db, clock, log } = context;
  await forgetEndedPause(context, provider.name);
  return createPace({
    clock,
    rateLimit: settings.rateLimit,
    maxRejections: settings.maxRejections,
    pausedUntil: await readPause(db, provider.name, clock.now()),
    stop,
    keepPause: (untilMs) => {
      log.info('provider asked for a pause', { provider: provider.name, until: toRfc3339(untilMs) });
      return keepPause(context, provider.name, untilMs);
    },
  });
}
