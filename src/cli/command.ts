import type { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { explainDatabaseError, type OpenDatabase, openDatabase } from '../db/open.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import type { Io, StopSignal } from './io.ts';
import type { Output } from './output.ts';

/** What a command is given. */
export interface CommandContext {
  io: Io;
  config: Config;
  /** Every provider there is, by name. */
  providers: ReadonlyMap<string, Provider>;
  /** Starts a thread with a connection to the same database; undefined where the program runs inside another one. */
  startStoreThread: (() => Worker) | undefined;
  log: Log;
  output: Output;
  clock: Clock;
}

/** How a command that met no error ended; `main` maps it to the exit code. */
export type Ending = 'done' | StopSignal;

/** Every command file exports one of these as `run`. */
export type Command<Options, Arguments extends readonly unknown[] = []> = (
  context: CommandContext,
  options: Options,
  ...args: Arguments
) => Promise<Ending>;

/** How long a command waits for another process that holds the database. */
const LOCK_WAIT_MS = 30_000;
/** And once it was told to stop: whoever stops it does not wait for long. */
const LOCK_WAIT_WHEN_STOPPED_MS = 5_000;

/** Opens the configured database for as long as `use` runs. */
export async function withDatabase<T>(
  { config }: CommandContext,
  options: { create: boolean; stop?: AbortSignal },
  use: (database: OpenDatabase) => Promise<T>,
): Promise<T> {
  const { create, stop } = options;
  let stoppedAt = stop?.aborted ? performance.now() : undefined;
  stop?.addEventListener('abort', () => {
    stoppedAt = performance.now();
  });
  const lockWaitMs = (since: number) =>
    stoppedAt === undefined ? LOCK_WAIT_MS : Math.max(0, stoppedAt - since) + LOCK_WAIT_WHEN_STOPPED_MS;
  const database = await openDatabase(config.databasePath, { create, lockWaitMs });
  try {
    return await use(database);
  } catch (error) {
    throw explainDatabaseError(error, config.databasePath);
  } finally {
    await database.close();
  }
}
