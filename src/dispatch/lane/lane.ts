import type { Log } from '../../log.ts';
import type { ClaimedShipment } from '../claims/claim.ts';
import type { Store } from '../claims/store.ts';
import type { Run } from '../run/run.ts';
import { disposition } from '../send/disposition.ts';
import type { Pace } from '../send/pace/pace.ts';
import type { Sender } from '../send/sender.ts';
import { settleAll } from '../settle-all.ts';
import type { Feed } from './feed.ts';
import type { Recorder } from './recorder.ts';
import { createUndecided, type Undecided } from './undecided.ts';

/** One provider's part of a run. */
export interface Lane {
  store: Pick<Store, 'confirmClaim'>;
  concurrency: number;
  feed: Feed;
  pace: Pace;
  sender: Sender;
  recorder: Recorder;
  run: Run;
  /** Whether a shipment that the provider may have is sent again, if need be after asking. */
  resend: boolean;
  /** For how long the run waits to send one shipment again. */
  longestWaitMs: number;
  random: () => number;
  log: Log;
  /** Stops the whole run, since it can't go on. */
  fail: () => void;
}

/**
 * Sends what the feed gives until it has nothing more, the provider is given up, or the run is stopped; then
 * everything that was sent is recorded. What was claimed and not sent stays claimed: the run gives it back.
 */
export async function runLane(lane: Lane): Promise<void> {
  const undecided = createUndecided(lane.recorder);
  const worker = async () => {
    for (;;) {
      const shipment = await lane.feed.next();
      if (!shipment) return;
      try {
        if (!(await sendOne(lane, undecided, shipment))) return;
      } finally {
        lane.feed.done();
      }
    }
  };
  const workers = await settleAll(Array.from({ length: lane.concurrency }, worker), lane.fail);
  await lane.sender.close();
  undecided.leave();
  // Also when a worker failed: what was sent is to be known, and what was claimed after that is given back with the rest.
  const settled = await Promise.allSettled([lane.recorder.flush(), lane.feed.ended()]);
  for (const ended of [...workers, ...settled]) if (ended.status === 'rejected') throw ended.reason;
}

/** Whether an event, or a person, may have ended the claim since it was made: these are few, and looked at one by one. */
function othersMayEnd({ edition, mayBeAccepted }: ClaimedShipment): boolean {
  return edition > 1 || mayBeAccepted;
}

/** False when nothing more is to be sent. */
async function sendOne(lane: Lane, undecided: Undecided, claimed: ClaimedShipment): Promise<boolean> {
  const { pace, recorder, run } = lane;
  await recorder.ready();
  const turn = await pace.turn();
  if (turn === undefined) return false;
  // What fails may be the shipment and not the provider: another one tells more.
  const shipment = turn === 'probe' ? lane.feed.exchange(claimed) : claimed;
  if (!(await run.lease.canSend(shipment.leaseEpoch, pace.ended))) {
    // Given back already, or given back when the run ends.
    pace.skipped(turn);
    return true;
  }
  if (othersMayEnd(shipment) && !(await lane.store.confirmClaim(shipment))) {
    pace.skipped(turn);
    return true;
  }
  run.unrecorded.add(shipment.id);
  const { outcome, startedAt, durationMs } = await lane.sender.send(shipment, () =>
    run.lease.canSendNow(shipment.leaseEpoch),
  );
  pace.saw(outcome, turn);
  lane.log.debug('attempt', {
    shipment_id: shipment.shipmentId,
    outcome: outcome.kind,
    duration_ms: durationMs,
    message: 'message' in outcome ? outcome.message : undefined,
  });
  const result = {
    shipment,
    startedAt,
    durationMs,
    disposition: disposition(outcome, {
      nowMs: startedAt + durationMs,
      failedAttempts: shipment.failedAttempts,
      pausedUntilMs: pace.pausedUntil(),
      longestWaitMs: lane.longestWaitMs,
      resend: lane.resend,
      random: lane.random(),
    }),
  };
  const isProven = pace.isAddressProven();
  if (isProven) undecided.reject();
  if (outcome.kind === 'rejected' && outcome.notFound && !isProven) undecided.hold(result);
  else recorder.add(result);
  return true;
}
