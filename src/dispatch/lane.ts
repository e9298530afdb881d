import type { ClaimedShipment } from './claim.ts';
import type { Pace } from './pace.ts';
import type { Recorder } from './recorder.ts';
import { disposition } from './retry.ts';
import type { Run } from './run.ts';
import type { Sender } from './send.ts';
import type { Source } from './source.ts';

/** One provider's part of a run. */
export interface Lane {
  concurrency: number;
  source: Source;
  pace: Pace;
  sender: Sender;
  recorder: Recorder;
  run: Run;
  random: () => number;
  /** Requests under way; shared with the source. */
  underWay: { count: number };
}

/**
 * Sends what the source gives until it has nothing more, the provider is given up, or the run is stopped; then
 * everything that was sent is recorded. What was claimed and not sent stays claimed: the run gives it back.
 */
export async function runLane(lane: Lane): Promise<void> {
  const failed = new AbortController();
  const worker = async () => {
    try {
      while (!failed.signal.aborted) {
        const shipment = await lane.source.next();
        if (!shipment || !(await sendOne(lane, shipment))) return;
      }
    } catch (error) {
      failed.abort();
      throw error;
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: lane.concurrency }, worker));
  await lane.sender.close();
  for (const ended of workers) if (ended.status === 'rejected') throw ended.reason;
  await lane.recorder.flush();
}

/** False when nothing more is to be sent. */
async function sendOne(lane: Lane, shipment: ClaimedShipment): Promise<boolean> {
  const { pace, run } = lane;
  const turn = await pace.turn();
  if (turn === undefined) return false;
  if (shipment.hold !== run.hold() || !run.maySend()) {
    // Whoever may have taken it over sends it; otherwise the run gives it back in the end.
    pace.skipped(turn);
    return true;
  }
  lane.underWay.count += 1;
  try {
    const { outcome, startedAt, durationMs } = await lane.sender.send(shipment);
    pace.saw(outcome, turn);
    lane.recorder.add({
      shipment,
      startedAt,
      durationMs,
      disposition: disposition(outcome, {
        nowMs: startedAt + durationMs,
        failedAttempts: shipment.failedAttempts,
        pausedUntilMs: pace.pausedUntil(),
        random: lane.random(),
      }),
    });
  } finally {
    lane.underWay.count -= 1;
  }
  return true;
}
