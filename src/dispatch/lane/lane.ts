import type { Log } from '../../log.ts';
import type { ClaimedShipment } from '../claims/claim.ts';
import type { Store } from '../claims/store.ts';
import type { Run } from '../run/run.ts';
import { disposition } from '../send/disposition.ts';
import type { Pace, Turn } from '../send/pace/pace.ts';
import type { Attempt, Sender } from '../send/sender.ts';
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
  await lane.recorder.ready();
  const turn = await lane.pace.turn();
  if (turn === undefined) return false;
  // What fails may be the shipment and not the provider: another one tells more.
  const shipment = turn === 'probe' ? lane.feed.exchange(claimed) : claimed;
  const attempt = lane.sender.asksFirst(shipment)
    ? await askAndOrder(lane, shipment, turn)
    : await order(lane, shipment, turn);
  if (attempt !== undefined) keep(lane, undecided, shipment, attempt);
  return true;
}

/** Undefined where it is not ours any more, or nothing more is to be sent: given back already, or when the run ends. */
async function askAndOrder(lane: Lane, shipment: ClaimedShipment, turn: Turn): Promise<Attempt | undefined> {
  const { pace, sender } = lane;
  if (!(await isOurs(lane, shipment, turn))) return undefined;
  const asked = await sender.ask(shipment, mayBegin(lane, shipment));
  if (asked !== 'not-there') {
    pace.saw(asked.outcome, turn);
    return asked;
  }
  // Anything may have happened while it was asked: a pause, the end of the run, or word from the provider that it has it.
  pace.skipped(turn);
  const next = await pace.turn();
  return next && order(lane, shipment, next);
}

/** Undefined where it is not ours any more. */
async function order(lane: Lane, shipment: ClaimedShipment, turn: Turn): Promise<Attempt | undefined> {
  if (!(await isOurs(lane, shipment, turn))) return undefined;
  lane.run.unrecorded.add(shipment.id);
  const ordered = await lane.sender.order(shipment, mayBegin(lane, shipment));
  lane.pace.saw(ordered.outcome, turn);
  return ordered;
}

/** Whether the run still holds it, to be asked before each request; where it does not, the turn is over. */
async function isOurs({ run, pace, store }: Lane, shipment: ClaimedShipment, turn: Turn): Promise<boolean> {
  const holds = await run.lease.canSend(shipment.leaseEpoch, pace.ended);
  if (holds && (!othersMayEnd(shipment) || (await store.confirmClaim(shipment)))) return true;
  pace.skipped(turn);
  return false;
}

function mayBegin({ run }: Lane, { leaseEpoch }: ClaimedShipment): () => boolean {
  return () => run.lease.canSendNow(leaseEpoch);
}

/** Has it recorded, now or once it is known what it means. */
function keep(
  { pace, recorder, log, longestWaitMs, resend, random }: Lane,
  undecided: Undecided,
  shipment: ClaimedShipment,
  { outcome, startedAt, durationMs }: Attempt,
): void {
  log.debug('attempt', {
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
      longestWaitMs,
      resend,
      random: random(),
    }),
  };
  const isProven = pace.isAddressProven();
  if (isProven) undecided.reject();
  if (outcome.kind === 'rejected' && outcome.notFound && !isProven) undecided.hold(result);
  else recorder.add(result);
}
