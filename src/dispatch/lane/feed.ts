import type { Clock } from '../../clock.ts';
import type { ClaimedShipment } from '../claims/claim.ts';
import { type ClaimOrder, LONGEST_LOOK_MS } from './claim-order.ts';
import { createQueue } from './queue.ts';

/** How many shipments are claimed with one commit. */
const BATCH = 256;
/** While shipments are being sent, any of them may become something to try again. */
const SHORTEST_LOOK_MS = 20;

/** A provider's shipments one after the other, as long as there are any. */
export interface Feed {
  /**
   * The next one to send; undefined when there is nothing more to do.
   * Each is under way until `done` is called for it.
   */
  next(): Promise<ClaimedShipment | undefined>;
  /** Takes one back that was not sent, and gives the one that would have come last; the same if there is none. */
  exchange(shipment: ClaimedShipment): ClaimedShipment;
  done(): void;
  /** Resolves when nothing is being claimed any more; throws what kept it from being claimed. */
  ended(): Promise<void>;
}

export interface FeedOptions {
  order: ClaimOrder;
  clock: Clock;
  stop: AbortSignal;
  /** Requests under way at the same time. */
  concurrency: number;
  /** Whether a shipment that the provider may have is sent again, if need be after asking. */
  resend: boolean;
  /** Makes all results so far durable, so that retries among them are found. */
  flush: () => Promise<void>;
}

/** Claims ahead of what is being sent; in the end it waits for retries and for what runs hold that may be dead. */
export function createFeed({ order, clock, stop, concurrency, resend, flush }: FeedOptions): Feed {
  // Where a repeated order is not recognised, all that was claimed is in doubt when the process dies: then no more is
  // claimed with one commit than is sent at once.
  const batch = resend ? BATCH : concurrency;
  // While one batch is sent the next is claimed.
  const ahead = resend ? batch : batch / 4;
  const queue = createQueue<ClaimedShipment>();
  let underWay = 0;
  let filling: Promise<boolean> | undefined;

  /** False where nothing more can be claimed. */
  const fill = async (): Promise<boolean> => {
    while (!stop.aborted) {
      if (queue.add(await order.claim(batch))) return true;
      // Before the look: what ends during it may have become something to try again.
      const idle = underWay === 0;
      await flush();
      const inMs = await order.nextLookInMs();
      if (inMs === undefined && idle) return queue.add(await order.claimLast(batch));
      const longestMs = underWay > 0 ? SHORTEST_LOOK_MS : LONGEST_LOOK_MS;
      await clock.sleep(Math.min(Math.max(inMs ?? 0, SHORTEST_LOOK_MS), longestMs), stop);
    }
    return false;
  };
  const refill = () => {
    filling ??= fill().finally(() => {
      filling = undefined;
    });
    return filling;
  };

  return {
    async next() {
      while (!stop.aborted) {
        const shipment = queue.take();
        if (shipment === undefined) {
          if (!(await refill())) return undefined;
          continue;
        }
        underWay += 1;
        // Claiming ahead; when it fails, the next one who waits for it learns why.
        if (queue.length() <= ahead && order.mayBeDue()) refill().catch(() => {});
        return shipment;
      }
      return undefined;
    },
    exchange: queue.exchange,
    done() {
      underWay -= 1;
    },
    async ended() {
      await filling;
    },
  };
}
