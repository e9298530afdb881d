import { SingleBar } from 'cli-progress';
import type { Db } from '../db/open.ts';
import type { ShippingInterval } from '../db/tables.ts';
import { type Destination, intervalsOf } from '../dispatch/ship-due.ts';
import type { Counts } from '../dispatch/tally.ts';
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
  const { due } = await db
    .selectFrom('customer_orders')
    .select(({ fn }) => fn.countAll<number>().as('due'))
    .where('active', '=', 1)
    .where(
      'provider',
      'in',
      destinations.map(({ provider }) => provider.name),
    )
    .where('shipping_interval', 'in', intervalsOf(interval))
    .where('next_due_on', '<=', asOf)
    .executeTakeFirstOrThrow();
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
