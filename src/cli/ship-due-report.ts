import { toRfc3339 } from '../clock.ts';
import type { ShippingInterval } from '../db/tables.ts';
import type { RunSummary } from '../dispatch/ship-due.ts';
import type { Counts } from '../dispatch/tally.ts';
import { renderTable } from './tables.ts';

/** Rows of a table that a person reads; --json has them all. */
export const ROWS_SHOWN = 20;

/** What was asked for, and what ended the run before its time: a signal, the time limit, or nothing. */
export interface RunFacts {
  interval: ShippingInterval | null;
  asOf: string;
  stopped: string | null;
}

export function runDocument(summary: RunSummary, { interval, asOf, stopped }: RunFacts) {
  return {
    run_id: summary.runId,
    interval,
    as_of: asOf,
    dry_run: false,
    started_at: toRfc3339(summary.startedAt),
    finished_at: toRfc3339(summary.finishedAt),
    stopped_by: stopped,
    counts: countsDocument(summary.counts),
    providers: Object.fromEntries(
      summary.availability.map(({ provider, availability }) => [provider, availability]),
    ),
    problems: summary.problems.map((problem) => ({
      order_id: problem.orderId,
      shipment_id: problem.shipmentId,
      outcome: problem.outcome,
      http_status: problem.httpStatus,
      message: problem.message,
      attempts: problem.attempts,
    })),
  };
}

export function countsDocument({ due, accepted, rejected, retrying, uncertain, skippedPeriods }: Counts) {
  return { due, accepted, rejected, retrying, uncertain, skipped_periods: skippedPeriods };
}

export function describeRun(summary: RunSummary, { asOf, stopped }: RunFacts, width: number): string {
  const { problems } = summary;
  const { due, accepted, rejected, retrying, uncertain, skippedPeriods } = summary.counts;
  const seconds = ((summary.finishedAt - summary.startedAt) / 1000).toFixed(1);
  const lines = [
    due === 0
      ? `Nothing is due on ${asOf}.`
      : `Due on ${asOf}: ${due}. Taken by the provider: ${accepted} (${seconds} s).`,
  ];
  if (rejected > 0)
    lines.push(`Rejected: ${rejected}. Correct these orders; they are not sent again by themselves.`);
  if (uncertain > 0) {
    lines.push(`Uncertain: ${uncertain}. Find out whether the provider has them, then "shipctl resolve".`);
  }
  if (retrying > 0) lines.push(`Not taken yet: ${retrying}. The next run sends them.`);
  if (skippedPeriods > 0) lines.push(`Missed due dates before, not sent: ${skippedPeriods}.`);
  for (const { provider, availability } of summary.availability) {
    if (availability === 'unavailable')
      lines.push(`Provider ${provider} is not available; what was not sent stays due.`);
    if (availability === 'unauthorized')
      lines.push(`Provider ${provider} refuses our credentials; what was not sent stays due.`);
  }
  if (stopped) lines.push(`Stopped by ${stopped} before the end.`);
  if (problems.length > 0) {
    const rows = problems
      .slice(0, ROWS_SHOWN)
      .map(({ orderId, shipmentId, outcome, attempts, message }) => [
        shipmentId ?? `(order ${orderId})`,
        outcome,
        String(attempts),
        message,
      ]);
    lines.push('', renderTable(['SHIPMENT', 'OUTCOME', 'ATTEMPTS', 'MESSAGE'], rows, width));
    const more = rejected + retrying + uncertain - rows.length;
    if (more > 0) lines.push(`… and ${more} more: see "shipctl status <order>".`);
  }
  return lines.join('\n');
}
