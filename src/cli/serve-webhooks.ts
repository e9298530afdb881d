import { once } from 'node:events';
import { openDatabase, replaced } from '../db/open.ts';
import { startReceiver } from '../webhooks/receiver.ts';
import type { Command } from './command.ts';
import { interruption } from './io.ts';

/** Short: whoever sends an event waits for its answer, and will send it again. */
const LOCK_WAIT_MS = 2_000;
/** Requests keep coming while the database is locked, and health is asked for. */
const BLOCK_MS = 5;

export const run: Command<{ host?: string; port?: number; adminPort?: number }> = async (
  context,
  options,
) => {
  const { config, providers, clock, log, output, io } = context;
  const stop = interruption(io);
  try {
    const database = await openDatabase(config.databasePath, {
      create: false,
      lockWaitMs: LOCK_WAIT_MS,
      blockMs: BLOCK_MS,
    });
    try {
      const receiver = await startReceiver({
        database,
        providers,
        settings: config.providers,
        clock,
        log,
        host: options.host ?? config.host,
        port: options.port ?? config.port,
        adminPort: options.adminPort ?? config.adminPort,
      });
      log.info(`serve-webhooks: listening at ${receiver.url}`, {
        url: receiver.url,
        ...(receiver.adminUrl !== receiver.url && { admin_url: receiver.adminUrl }),
      });
      const ended = AbortSignal.any([stop.signal, receiver.lost]);
      if (!ended.aborted) await once(ended, 'abort');
      log.info('serve-webhooks: finishing what is under way');
      const counts = await receiver.close();
      if (receiver.lost.aborted) database.emptyLog();
      output.result(
        { ...counts },
        () =>
          `Events stored: ${counts.stored} (of shipments not known here: ${counts.unmatched}), ` +
          `received again: ${counts.duplicates}. Requests refused: ${counts.refused}.`,
      );
      if (receiver.lost.aborted) throw replaced(config.databasePath, 'Nothing was answered with 200 since.');
      return 'done';
    } finally {
      await database.close();
    }
  } finally {
    stop.release();
  }
};
