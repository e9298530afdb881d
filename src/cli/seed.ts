import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { ShippingInterval } from '../db/tables.ts';
import { CommandError } from '../errors.ts';
import { generateOrders } from '../orders/generate.ts';
import { type LoadResult, loadOrders } from '../orders/load.ts';
import type { CustomerOrder } from '../orders/order.ts';
import { readOrders } from '../orders/order-file.ts';
import { today } from '../orders/schedule.ts';
import { type Command, type CommandContext, withDatabase } from './command.ts';

interface SeedOptions {
  generate?: number;
  interval?: ShippingInterval;
}

export const run: Command<SeedOptions, [file?: string]> = async (context, options, file) => {
  // Read and checked to the end before there is a database.
  const orders = await selectOrders(context, options, file);
  const { config, clock, output, log } = context;
  const result = await withDatabase(context, { create: true }, ({ db }) =>
    loadOrders(db, orders, today(clock(), config.timezone)),
  );
  const { count, firstIds } = result.keptStarts;
  if (count > 0) {
    const ids = `${firstIds.join(', ')}${count > firstIds.length ? ', …' : ''}`;
    log.warn('starts_on is not changed by loading an order again', { orders: count, order_ids: ids });
  }
  output.result({ database: config.databasePath, orders: result.orders }, () =>
    describe(result.orders, config.databasePath),
  );
  return 'done';
};
