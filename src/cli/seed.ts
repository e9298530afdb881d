import { createReadStream, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandError, codeInBrackets, codeOf } from '../errors.ts';
import { generateOrders } from '../orders/generate.ts';
import { type LoadResult, loadOrders } from '../orders/load.ts';
import type { CustomerOrder } from '../orders/order.ts';
import { MAX_FILE_BYTES, readOrders } from '../orders/order-file.ts';
import { today } from '../orders/schedule.ts';
import { type Followed, followOrders, nothingFollowed } from '../shipments/follow-order.ts';
import type { ShippingInterval } from '../vocabulary.ts';
import { type Command, type CommandContext, withDatabase } from './command.ts';
import type { Io } from './io.ts';

const EXAMPLES = 'fixtures/customer-orders.json';

interface SeedOptions {
  generate?: number;
  interval?: ShippingInterval;
}

export const run: Command<SeedOptions, [file?: string]> = async (context, options, file) => {
  // Read and checked to the end before there is a database.
  const orders = await selectOrders(context, options, file);
  const { config, clock, output, log, providers } = context;
  const shipments = nothingFollowed();
  const result = await withDatabase(context, { create: true }, ({ db }) =>
    loadOrders(db, orders, today(clock.now(), config.timezone), (trx, changed) =>
      followOrders(trx, providers, changed, shipments),
    ),
  );
  const { count, firstIds } = result.keptStarts;
  if (count > 0) {
    log.warn('starts_on is not changed by loading an order again', {
      orders: count,
      order_ids: shortList(firstIds, count),
    });
  }
  if (shipments.kept.length > 0) {
    log.warn(
      'shipments that their provider may have, or that a run has claimed, keep what they were planned with',
      {
        shipments: shipments.kept.length,
        shipment_ids: shortList(shipments.kept),
      },
    );
  }
  output.result(
    { database: config.databasePath, orders: result.orders, shipments: documentOf(shipments) },
    () => [describe(result.orders, config.databasePath), ...describeShipments(shipments)].join('\n'),
  );
  return 'done';
};

async function selectOrders(
  { io, providers }: CommandContext,
  { generate, interval }: SeedOptions,
  file: string | undefined,
): Promise<Iterable<CustomerOrder>> {
  if (generate !== undefined) {
    if (file === undefined) return generateOrders(generate, interval);
    throw new CommandError('usage', `--generate and the file ${file} exclude each other.`, {
      hint: 'Leave one of them out.',
    });
  }
  if (interval !== undefined) {
    throw new CommandError('usage', '--interval goes with --generate only.', {
      hint: 'In a file each order has its own shipping_interval.',
    });
  }
  const bytes = await readInput(io, file);
  return readOrders(bytes, nameOf(file), providers);
}

/** At most a little more than a seed file may have, whatever the source goes on to say. */
async function readInput(io: Io, file: string | undefined): Promise<Buffer> {
  const source =
    file === '-' ? io.stdin : createReadStream(file === undefined ? examplesPath() : resolve(io.cwd(), file));
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of source) {
      const bytes = Buffer.from(chunk);
      chunks.push(bytes);
      length += bytes.length;
      if (length > MAX_FILE_BYTES) break;
    }
  } catch (cause) {
    throw new CommandError('usage', unreadable(nameOf(file), cause), {
      hint: 'Name a JSON file of customer orders, or - for standard input.',
      cause,
    });
  }
  return Buffer.concat(chunks);
}

function nameOf(file: string | undefined): string {
  return file === '-' ? 'standard input' : (file ?? EXAMPLES);
}

function unreadable(name: string, cause: unknown): string {
  const code = codeOf(cause);
  if (code === 'ENOENT') return `There is no file ${name}.`;
  if (code === 'EISDIR') return `${name} is a folder, not a file.`;
  if (code === 'EACCES') return `${name} is not readable for this user.`;
  return `Can't read ${name}${codeInBrackets(cause)}.`;
}

/** In the package: beside the built program's folder, or two levels above this source file. */
function examplesPath(): string {
  const built = join(import.meta.dirname, '..', EXAMPLES);
  return existsSync(built) ? built : join(import.meta.dirname, '../..', EXAMPLES);
}

function documentOf({ goingOut, ...shipments }: Followed) {
  return { ...shipments, going_out: goingOut };
}

const IDS_SHOWN = 20;

function shortList(ids: readonly string[], count = ids.length): string {
  const shown = ids.slice(0, IDS_SHOWN);
  return `${shown.join(', ')}${count > shown.length ? ', …' : ''}`;
}

function describeShipments({ corrected, cancelled, doubted, kept, refused, goingOut }: Followed): string[] {
  const lines = [];
  if (corrected.length > 0)
    lines.push(`Shipments that wait to be sent and follow their orders: ${corrected.length}.`);
  if (cancelled.length > 0)
    lines.push(`Shipments cancelled, since a later due date of their order is sent: ${cancelled.length}.`);
  if (doubted.length > 0) {
    lines.push(
      `Shipments that may have arrived before their order was inactive, to be resolved: ${doubted.length} (${shortList(doubted)}).`,
    );
  }
  if (kept.length > 0) {
    lines.push(
      `Shipments that their provider may have or that a run has claimed, and that stay as they were planned: ${kept.length} (${shortList(kept)}).`,
    );
  }
  if (refused.length > 0) {
    lines.push(
      `Shipments that can't be sent as their orders are now, and are rejected: ${refused.length} (${shortList(refused)}).`,
    );
  }
  if (goingOut.length > 0) {
    lines.push(
      `Shipments that a run has claimed, and sends although their order is not active: ${goingOut.length} (${shortList(goingOut)}).`,
    );
  }
  return lines;
}

function describe({ new: added, changed, unchanged }: LoadResult['orders'], database: string): string {
  const total = added + changed + unchanged;
  const loaded = `Loaded ${total} customer ${total === 1 ? 'order' : 'orders'} into ${database}`;
  return `${loaded}: ${added} new, ${changed} changed, ${unchanged} unchanged.`;
}
