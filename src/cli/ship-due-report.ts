import { toRfc3339 } from '../clock.ts';
import { providerVariable } from '../config.ts';
import type { Backlog } from '../dispatch/claims/backlog.ts';
import type { LaneSummary, RunSummary } from '../dispatch/summary/run-summary.ts';
import type { Counts, ShipmentProblem } from '../dispatch/summary/tally.ts';
import { CommandError, type ErrorCode } from '../errors.ts';
import { unknownProviders } from '../providers/unknown.ts';
import type { ShippingInterval } from '../vocabulary.ts';
import { renderFirst, renderTable } from './tables.ts';

/** What was asked for, and what ended the run before its time: a signal, the time limit, or nothing. */
export interface RunFacts {
  interval: ShippingInterval | null;
  asOf: string;
  stopped: string | null;
  /** Providers that something waits for although the program does not know them. */
  unknown: readonly string[];
}

export function runDocument(summary: RunSummary, { interval, asOf, stopped, unknown }: RunFacts) {
  // A run that could not go on does not know.
  const left = summary.failure === undefined ? backlogOf(summary) : null;
  return {
    run_id: summary.runId,
    interval,
    as_of: asOf,
    dry_run: false,
    started_at: toRfc3339(summary.startedAt),
    finished_at: toRfc3339(summary.finishedAt),
    stopped_by: stopped,
    counts: { ...countsDocument(summary.counts), left: left && left.dueOrders + left.pending + left.sending },
    left: left && leftDocument(left),
    providers: Object.fromEntries(summary.lanes.map((lane) => [lane.provider, laneDocument(lane)])),
    unknown_providers: unknown,
    problems: summary.problems.map(problemDocument),
  };
}

export function problemDocument(problem: ShipmentProblem) {
  return {
    order_id: problem.orderId,
    shipment_id: problem.shipmentId,
    outcome: problem.outcome,
    http_status: problem.httpStatus,
    message: problem.message,
    attempts: problem.attempts,
  };
}

function laneDocument({ availability, trouble, pausedUntil, counts, left }: LaneSummary) {
  return {
    availability,
    trouble,
    paused_until: pausedUntil === null ? null : toRfc3339(pausedUntil),
    counts: countsDocument(counts),
    left: leftDocument(left),
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
      ? isDone(summary)
        ? `Nothing is due on ${asOf}.`
        : `Nothing that is due on ${asOf} was claimed.`
      : `Due on ${asOf}: ${due}. Taken by the provider: ${accepted} (${seconds} s).`,
  ];
  if (rejected > 0) {
    lines.push(
      `Rejected: ${rejected}. Correct the orders with "shipctl seed"; shipments also need "shipctl retry".`,
    );
  }
  if (uncertain > 0) {
    lines.push(`Uncertain: ${uncertain}. Find out whether the provider has them, then "shipctl resolve".`);
  }
  if (retrying > 0) lines.push(`Not taken yet: ${retrying}. The next run sends them.`);
  if (skippedPeriods > 0) lines.push(`Missed due dates before, not sent: ${skippedPeriods}.`);
  for (const { provider, pausedUntil, availability, trouble } of summary.lanes) {
    if (pausedUntil !== null)
      lines.push(`Provider ${provider} is not asked again before ${toRfc3339(pausedUntil)}.`);
    if (availability === 'wrong-address')
      lines.push(`Provider ${provider} was left alone: its address seems to be wrong (${trouble}).`);
    if (availability === 'rejecting') lines.push(`Provider ${provider} was left alone: ${trouble}.`);
  }
  const { dueOrders, pending, sending } = backlogOf(summary);
  if (pending > retrying) lines.push(`Left from before and not claimed: ${pending - retrying}.`);
  if (sending > 0) lines.push(`Held by another run: ${sending}.`);
  if (dueOrders > 0) lines.push(`Due and not claimed: ${dueOrders}.`);
  if (stopped) lines.push(`Stopped by ${stopped} before the end.`);
  const busy = summary.lanes.filter(({ counts, left }) => counts.due + left.dueOrders + left.pending > 0);
  if (busy.length > 1) lines.push('', describeLanes(busy, width));
  if (problems.length > 0) {
    const titles = ['SHIPMENT', 'OUTCOME', 'ATTEMPTS', 'MESSAGE'];
    const rows = problems.map(({ orderId, shipmentId, outcome, attempts, message }) => [
      shipmentId ?? `(order ${orderId})`,
      outcome,
      String(attempts),
      message,
    ]);
    const total = rejected + retrying + uncertain;
    lines.push('', renderFirst(titles, rows, { total, width, see: 'see "shipctl status <order>"' }));
  }
  return lines.join('\n');
}

function describeLanes(lanes: readonly LaneSummary[], width: number): string {
  const rows = lanes.map(({ provider, counts, availability }) => [
    provider,
    ...[counts.due, counts.accepted, counts.rejected, counts.uncertain, counts.retrying].map(String),
    availability,
  ]);
  const titles = ['PROVIDER', 'DUE', 'TAKEN', 'REJECTED', 'UNCERTAIN', 'NOT TAKEN YET', 'AVAILABILITY'];
  return renderTable(titles, rows, width);
}

/** What of a run's end is an error, for standard error and the exit code. */
export function failureOf(
  summary: RunSummary,
  { stopped, unknown }: Pick<RunFacts, 'stopped' | 'unknown'>,
): CommandError | undefined {
  const { counts, lanes } = summary;
  const misconfigured = together(lanes.flatMap((lane) => misconfigurationOf(lane) ?? []));
  if (misconfigured) return misconfigured;
  if (unknown.length > 0) return unknownProviders(unknown);
  if (stopped === 'SIGINT' || stopped === 'SIGTERM') return undefined;
  const leftAlone = together(lanes.flatMap((lane) => unavailabilityOf(lane) ?? []));
  if (leftAlone) return leftAlone;
  const notTaken = counts.due - counts.accepted;
  const refusedOrFailed = counts.rejected + counts.uncertain + summary.problems.length > 0;
  if (notTaken > 0 && (stopped === null || refusedOrFailed)) {
    return new CommandError(
      'not_taken',
      `${notTaken} of ${counts.due} shipments were not taken by their provider.`,
      {
        hint: 'See the problems in the result, or "shipctl status <order>".',
      },
    );
  }
  if (stopped !== null && !isDone(summary)) {
    return new CommandError(
      'not_taken',
      `The run was stopped by ${stopped} before all that is due was sent.`,
      {
        hint: 'Start ship-due again: what was not sent stays due.',
      },
    );
  }
  return undefined;
}

interface LaneFailure {
  code: ErrorCode;
  message: string;
  hint: string;
}

function misconfigurationOf({ provider, availability, trouble }: LaneSummary): LaneFailure | undefined {
  const url = providerVariable(provider, 'URL');
  switch (availability) {
    case 'unauthorized':
      return {
        code: 'provider_unauthorized',
        message: `${provider} rejected our credentials${inBrackets(trouble)}.`,
        hint: `Set ${providerVariable(provider, 'API_KEY')}; what was not sent stays due.`,
      };
    case 'wrong-address':
      return {
        code: 'provider_wrong_address',
        message: `The address in ${url} seems to be wrong: ${provider} answered ${trouble}.`,
        hint: `Set ${url}; what was not sent stays due.`,
      };
    default:
      return undefined;
  }
}

function unavailabilityOf(lane: LaneSummary): LaneFailure | undefined {
  const { provider, availability, trouble, pausedUntil } = lane;
  switch (availability) {
    case 'rejecting':
      return {
        code: 'provider_rejecting',
        message: `${provider} rejects what it is sent: ${trouble}.`,
        hint:
          'What was not sent stays due. Find out why, then let what was rejected be sent again: ' +
          'shipctl retry --rejected --reason "…".',
      };
    case 'unavailable':
      return pausedUntil === null
        ? {
            code: 'provider_unavailable',
            message: `Not available: ${provider}${inBrackets(trouble)}.`,
            hint: `What was not sent stays due: start ship-due again later. Is ${providerVariable(provider, 'URL')} right?`,
          }
        : {
            code: 'provider_unavailable',
            message: `${provider} asked for a pause until ${toRfc3339(pausedUntil)}${inBrackets(trouble)}.`,
            hint: 'What was not sent stays due: start ship-due again then.',
          };
    default:
      return undefined;
  }
}

/** One error for several providers; undefined where there are none. */
function together(failures: readonly LaneFailure[]): CommandError | undefined {
  const [first] = failures;
  if (first === undefined) return undefined;
  const all = (of: (failure: LaneFailure) => string) => [...new Set(failures.map(of))].join(' ');
  return new CommandError(
    first.code,
    all(({ message }) => message),
    { hint: all(({ hint }) => hint) },
  );
}

function inBrackets(trouble: string | null): string {
  return trouble ? ` (${trouble})` : '';
}

function isDone(summary: RunSummary): boolean {
  const { dueOrders, pending, sending } = backlogOf(summary);
  return summary.failure === undefined && dueOrders + pending + sending === 0;
}

function backlogOf({ lanes }: RunSummary): Backlog {
  const sum = (of: (left: Backlog) => number) => lanes.reduce((total, { left }) => total + of(left), 0);
  return {
    dueOrders: sum(({ dueOrders }) => dueOrders),
    pending: sum(({ pending }) => pending),
    sending: sum(({ sending }) => sending),
  };
}

function leftDocument({ dueOrders, pending, sending }: Backlog) {
  return { due_orders: dueOrders, pending, sending };
}
