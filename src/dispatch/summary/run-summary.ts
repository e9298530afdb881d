import type { Clock } from '../../clock.ts';
import type { Db } from '../../db/open.ts';
import { idsOf } from '../../db/rows.ts';
import { type Backlog, readBacklog } from '../claims/backlog.ts';
import type { Claimant } from '../claims/claim.ts';
import type { Availability, Pace } from '../send/pace/pace.ts';
import type { Counts, ShipmentProblem, Tally } from './tally.ts';

const SETTLE_PAGE = 1_000;

export interface RunSummary {
  counts: Counts;
  problems: ShipmentProblem[];
  runId: string;
  startedAt: number;
  finishedAt: number;
  /** What kept the run from going on; undefined where nothing did. */
  failure: unknown;
  /** How it went with each provider that there was something to do for; empty where the run could not go on. */
  lanes: LaneSummary[];
}

export interface LaneSummary {
  provider: string;
  counts: Counts;
  availability: Availability;
  /** What it did last that was no good, in words. */
  trouble: string | null;
  /** When it may be asked again, where that lies ahead. */
  pausedUntil: number | null;
  left: Backlog;
}

/** Of what the run claimed and has no last word of, some may have been settled by others meanwhile. */
export async function settleOpen(db: Db, tally: Tally): Promise<void> {
  const open = tally.open();
  for (let start = 0; start < open.length; start += SETTLE_PAGE) {
    const shipments = await db
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select([
        'shipments.id',
        'order_id as orderId',
        'shipment_id as shipmentId',
        'status',
        'sent_at as sentAt',
      ])
      .select('last_error as message')
      .where('shipments.id', 'in', idsOf(open.slice(start, start + SETTLE_PAGE)))
      .execute();
    for (const { status, sentAt, ...shipment } of shipments) {
      if (sentAt !== null) tally.settle({ ...shipment, fate: 'accepted' });
      else if (status === 'rejected' || status === 'uncertain' || status === 'cancelled')
        tally.settle({ ...shipment, fate: status });
    }
  }
}

export async function summarizeLane(
  { db, clock }: { db: Db; clock: Clock },
  { provider, pace, tally }: { provider: string; pace: Pace; tally: Tally },
  { intervals, asOf }: Pick<Claimant, 'intervals' | 'asOf'>,
): Promise<LaneSummary> {
  const left = await readBacklog(db, provider, intervals, asOf);
  // A pause that an earlier run was asked for is no trouble where there is nothing to send.
  const idle = pace.availability() === 'unavailable' && left.dueOrders + left.pending + left.sending === 0;
  return {
    provider,
    counts: tally.counts(),
    availability: idle ? 'available' : pace.availability(),
    trouble: pace.trouble(),
    pausedUntil: pace.throttledUntil() > clock.now() ? pace.throttledUntil() : null,
    left,
  };
}
