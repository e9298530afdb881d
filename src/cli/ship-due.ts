import packageJson from '../../package.json' with { type: 'json' };
import { steadyClock, toRfc3339 } from '../clock.ts';
import { type Db, type OpenDatabase, replaced } from '../db/open.ts';
import { intervalsOf } from '../dispatch/claims/backlog.ts';
import { type PlannedShipment, planDryRun } from '../dispatch/claims/dry-run.ts';
import { openThreadStore } from '../dispatch/claims/thread/client.ts';
import { findUnknownProviders } from '../dispatch/claims/unknown-providers.ts';
import { type Destination, shipDue } from '../dispatch/ship-due.ts';
import { type Counts, orderProblem, type ShipmentProblem } from '../dispatch/summary/tally.ts';
import { CommandError } from '../errors.ts';
import { parseCalendarDate, today } from '../orders/schedule.ts';
import { unknownProviders } from '../providers/unknown.ts';
import type { ShippingInterval } from '../vocabulary.ts';
import { type Command, type CommandContext, type Ending, withDatabase } from './command.ts';
import { describeDryRun } from './dry-run-report.ts';
import { type Interruption, interruption } from './io.ts';
import { createProgress } from './progress.ts';
import { countsDocument, describeRun, failureOf, problemDocument, runDocument } from './ship-due-report.ts';
import { ROWS_SHOWN } from './tables.ts';

interface ShipDueFlags {
  interval?: ShippingInterval;
  dryRun?: boolean;
  asOf?: string;
  limit?: number;
  provider?: string;
  concurrency?: number;
  maxDuration?: number;
}

export const run: Command<ShipDueFlags> = async (context, flags) => {
  const asOf = readAsOf(flags.asOf) ?? today(context.clock.now(), context.config.timezone);
  const destinations = selectDestinations(context, flags);
  if (flags.dryRun) {
    return withDatabase(context, { create: false }, ({ db }) =>
      dryRun(context, db, destinations, asOf, flags),
    );
  }
  const interrupted = interruption(context.io);
  try {
    return await withDatabase(context, { create: false, stop: interrupted.signal }, (database) =>
      ship(context, database, destinations, asOf, flags, interrupted),
    );
  } finally {
    interrupted.release();
  }
};

async function ship(
  context: CommandContext,
  { db, lockWaitMs, isReplaced }: OpenDatabase,
  destinations: readonly Destination[],
  asOf: string,
  flags: ShipDueFlags,
  interrupted: Interruption,
): Promise<Ending> {
  const progress = await createProgress(context, db, destinations, asOf, flags.interval ?? null);
  const { startStoreThread } = context;
  const timeIsUp = new AbortController();
  const timer =
    flags.maxDuration === undefined
      ? undefined
      : setTimeout(() => timeIsUp.abort(), flags.maxDuration * 1000);
  try {
    const summary = await shipDue(
      {
        db,
        providers: context.providers,
        assertInPlace: () => {
          if (isReplaced()) {
            throw replaced(context.config.databasePath, 'What was sent since may not be recorded anywhere.');
          }
        },
        clock: steadyClock(context.clock),
        log: context.log,
        random: Math.random,
        userAgent: `shipctl/${packageJson.version}`,
        onProgress: progress.update,
        openThreadStore:
          startStoreThread && (async () => openThreadStore(startStoreThread(), lockWaitMs, context.clock)),
      },
      destinations,
      {
        interval: flags.interval ?? null,
        asOf,
        limit: flags.limit ?? Number.MAX_SAFE_INTEGER,
        stop: AbortSignal.any([interrupted.signal, timeIsUp.signal]),
      },
    );
    progress.stop();
    const unknown = await unknownTo(context, db, flags, asOf);
    const stopped = interrupted.received() ?? (timeIsUp.signal.aborted ? 'max-duration' : null);
    const facts = { interval: flags.interval ?? null, asOf, stopped, unknown };
    context.output.result(runDocument(summary, facts), () =>
      describeRun(summary, facts, context.output.width),
    );
    if (summary.failure !== undefined) throw summary.failure;
    const failure = failureOf(summary, facts);
    if (failure) throw failure;
    return interrupted.received() ?? 'done';
  } finally {
    progress.stop();
    clearTimeout(timer);
  }
}

/** Of orders that can't be planned; they must not fill the memory. */
const PROBLEMS_KEPT = 1_000;

const NOTHING_SENT: Counts = {
  due: 0,
  accepted: 0,
  rejected: 0,
  retrying: 0,
  uncertain: 0,
  skippedPeriods: 0,
};

async function dryRun(
  context: CommandContext,
  db: Db,
  destinations: readonly Destination[],
  asOf: string,
  flags: ShipDueFlags,
): Promise<Ending> {
  const { output, clock } = context;
  const startedAt = clock.now();
  const planned = planDryRun(db, {
    providers: destinations.map(({ provider }) => provider),
    intervals: intervalsOf(flags.interval ?? null),
    asOf,
    limit: flags.limit ?? Number.MAX_SAFE_INTEGER,
    nowMs: startedAt,
  });
  const unknown = await unknownTo(context, db, flags, asOf);
  const found = { due: 0, skippedPeriods: 0, unplannable: 0 };
  const shown: PlannedShipment[] = [];
  const problems: ShipmentProblem[] = [];
  const shipments = async function* () {
    for await (const shipment of planned) {
      if ('unplannable' in shipment) {
        found.unplannable += 1;
        if (problems.length < PROBLEMS_KEPT)
          problems.push(orderProblem(shipment.orderId, shipment.unplannable));
        continue;
      }
      found.due += 1;
      found.skippedPeriods += shipment.skippedPeriods;
      if (shown.length < ROWS_SHOWN) shown.push(shipment);
      yield {
        order_id: shipment.orderId,
        shipment_id: shipment.shipmentId,
        due_on: shipment.dueOn,
        provider: shipment.provider,
      };
    }
  };
  await output.listing('shipments', shipments(), {
    document: () => ({
      run_id: null,
      interval: flags.interval ?? null,
      as_of: asOf,
      dry_run: true,
      started_at: toRfc3339(startedAt),
      finished_at: toRfc3339(clock.now()),
      counts: countsDocument({ ...NOTHING_SENT, due: found.due, skippedPeriods: found.skippedPeriods }),
      problems: problems.map(problemDocument),
      unknown_providers: unknown,
    }),
    text: () => describeDryRun({ ...found, shown, problems, asOf }, output.width),
  });
  if (unknown.length > 0) throw unknownProviders(unknown);
  return 'done';
}

/** Who names one provider does not ask for others. */
async function unknownTo(
  { providers }: CommandContext,
  db: Db,
  { provider }: ShipDueFlags,
  asOf: string,
): Promise<string[]> {
  return provider === undefined ? findUnknownProviders(db, providers, asOf) : [];
}

function readAsOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const date = parseCalendarDate(text);
  if (date) return date;
  throw new CommandError('usage', `--as-of takes a date from 1970 to 2999, not "${text}".`, {
    hint: 'Write it as YYYY-MM-DD, for example 2026-05-29.',
  });
}

function selectDestinations({ config, providers }: CommandContext, flags: ShipDueFlags): Destination[] {
  if (flags.provider !== undefined && !providers.has(flags.provider)) {
    throw new CommandError('usage', `There is no provider "${flags.provider}".`, {
      hint: `Choose one of: ${[...providers.keys()].join(', ')}.`,
    });
  }
  return [...config.providers.values()].flatMap((settings) => {
    const provider = providers.get(settings.name);
    if (!provider || (flags.provider !== undefined && flags.provider !== provider.name)) return [];
    return { provider, settings: { ...settings, concurrency: flags.concurrency ?? settings.concurrency } };
  });
}
