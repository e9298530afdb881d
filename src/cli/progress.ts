import { SingleBar } from 'cli-progress';
import type { Db } from '../db/open.ts';
import { intervalsOf, readBacklog } from '../dispatch/claims/backlog.ts';
import type { Destination } from '../dispatch/ship-due.ts';
import type { Counts } from '../dispatch/summary/tally.ts';
import type { ShippingInterval } from '../vocabulary.ts';
import type { CommandContext } from './command.ts';

interface Progress {
  update(counts: Counts): void;
  stop(): void;
}

const SILENT: Progress = { update: () => {}, stop: () => {} };

/** A progress bar, on a terminal only. */
export async function createProgress(
  { io, output }: CommandContext,
  db: Db,
  destinations: readonly Destination[],
  asOf: string,
  interval: ShippingInterval | null,
): Promise<Progress> {
  if (!io.stderr.isTTY || output.quiet || !output.escapeCodes) return SILENT;
  const backlogs = await Promise.all(
    destinations.map(({ provider }) => readBacklog(db, provider.name, intervalsOf(interval), asOf)),
  );
  const due = backlogs.reduce((total, { dueOrders, pending }) => total + dueOrders + pending, 0);
  if (due === 0) return SILENT;
  const bar = new SingleBar({
    format: 'shipping {bar} {value}/{total}  rejected: {rejected}  {eta_formatted} left',
    stream: io.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  bar.start(due, 0, { rejected: 0 });
  return {
    update(counts) {
      bar.setTotal(Math.max(due, counts.due));
      bar.update(counts.accepted, { rejected: counts.rejected });
    },
    stop: () => bar.stop(),
  };
}
