import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { type Dialect, Kysely } from 'kysely';
import { CommandError, codeInBrackets } from '../errors.ts';
import { networkFileSystem } from './file-system.ts';
import { openSqlite } from './load-sqlite.ts';
import { isEmpty, isUpToDate, migrate } from './migrate.ts';
import {
  type LockPauses,
  type LockWait,
  retryWhileLocked,
  sqliteCode,
  sqliteDialect,
} from './sqlite-dialect.ts';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;

export interface OpenDatabase {
  db: Db;
  /** How long it waits for another process that holds the write lock. */
  lockWaitMs: LockWait;
  /** Whether the file was deleted, is out of reach, or has another one in its place: what is written then is lost. */
  isReplaced(): boolean;
  /**
   * Puts what is in the log into the file that was opened, wherever that is now, and empties the log: left as it is, it
   * would be taken for the log of the file that stands in its place.
   */
  emptyLog(): void;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Make the file where there is none; otherwise that is an error. */
  create: boolean;
  /** How long to wait for another process that holds the write lock, trying again and again. */
  lockWaitMs: number | LockWait;
  /** How long one such try may block the event loop. */
  blockMs?: number;
  /** Left out: the system's clock and randomness. */
  lockPauses?: LockPauses;
  /** What is to stand between the program and each statement. */
  wrapDialect?: (dialect: Dialect) => Dialect;
}

/**
 * Opens the database and brings its schema up to date.
 * @throws CommandError `database` where there is none, or none that this version can use.
 */
export async function openDatabase(path: string, options: OpenOptions): Promise<OpenDatabase> {
  const { lockWaitMs, lockPauses, wrapDialect = (dialect) => dialect } = options;
  const wait = typeof lockWaitMs === 'number' ? () => lockWaitMs : lockWaitMs;
  const sqlite = openFile(path, options);
  try {
    const prepare = () => {
      // First, since it finds a file that is not ours before anything is written to it.
      if (!isUpToDate(sqlite, path) && !options.create && isEmpty(sqlite)) throw missing(path);
      configure(sqlite);
    };
    await retryWhileLocked(wait, prepare, lockPauses);
    await migrate(sqlite, path, wait);
  } catch (error) {
    sqlite.close();
    throw explainDatabaseError(error, path);
  }
  const db = new Kysely<Tables>({ dialect: wrapDialect(sqliteDialect(sqlite, wait, lockPauses)) });
  const opened = path === ':memory:' ? undefined : statSync(path);
  const isReplaced = () => {
    if (!opened) return false;
    try {
      const now = statSync(path, { throwIfNoEntry: false });
      return now?.ino !== opened.ino || now.dev !== opened.dev;
    } catch {
      // Nobody can tell whether what is written is seen again by whoever opens it next.
      return true;
    }
  };
  const emptyLog = () => void sqlite.pragma('wal_checkpoint(truncate)');
  return { db, lockWaitMs: wait, isReplaced, emptyLog, close: () => db.destroy() };
}

function openFile(path: string, { create, blockMs = 100 }: OpenOptions): BetterSqlite3.Database {
  const found = examine(path);
  if (found?.isDirectory()) {
    throw new CommandError('database', `${path} is a folder, not a database.`, {
      hint: 'Name the file itself with --db or SHIPCTL_DB.',
    });
  }
  if (path !== ':memory:' && !found?.size) {
    if (!create) {
      throw missing(path);
    }
    if (!existsSync(dirname(path))) {
      throw new CommandError('database', `Can't create ${path}: its folder does not exist.`, {
        hint: 'Create the folder, or name another place with --db or SHIPCTL_DB.',
      });
    }
  }
  const network = path === ':memory:' ? undefined : networkFileSystem(dirname(path));
  if (network) {
    throw new CommandError('database', `${path} lies on a network file system (${network}).`, {
      hint: "Put it on a local disk or a block volume: SQLite's write-ahead log does not work across machines.",
    });
  }
  try {
    return openSqlite(path, { timeout: blockMs });
  } catch (error) {
    throw explainDatabaseError(error, path);
  }
}

function missing(path: string): CommandError {
  return new CommandError('database', `There is no database at ${path}.`, {
    hint: 'Create one with "shipctl seed" or "shipctl migrate", or name another with --db or SHIPCTL_DB.',
  });
}

function examine(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new CommandError('database', `Can't look at ${path}${codeInBrackets(cause)}.`, {
      hint: 'Name a path that this user may read with --db or SHIPCTL_DB.',
      cause,
    });
  }
}

function configure(sqlite: BetterSqlite3.Database): void {
  if (sqlite.pragma('journal_mode', { simple: true }) !== 'wal') sqlite.pragma('journal_mode = wal');
  // What was committed survives a power cut; better-sqlite3's default for WAL does not promise that.
  sqlite.pragma('synchronous = full');
  sqlite.pragma('foreign_keys = on');
  sqlite.pragma('journal_size_limit = 67108864');
  // In KiB. The system's own cache is behind it.
  sqlite.pragma('cache_size = -4000');
}

/** @param lost - what is not there any more, in a sentence. */
export function replaced(path: string, lost: string): CommandError {
  return new CommandError('database', `${path} was deleted or replaced while it was in use.`, {
    hint: `${lost} Stop every shipctl process, see that no ${path}-wal and ${path}-shm stand beside the file that is to be used, and start again.`,
  });
}

/** What SQLite's error means for the person at the keyboard; anything that is none of SQLite's is returned as it is. */
export function explainDatabaseError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined) return error;
  const explain = (message: string, hint: string) =>
    new CommandError('database', message, { hint, cause: error });
  const is = (...prefixes: string[]) => prefixes.some((prefix) => code.startsWith(prefix));
  if (is('SQLITE_BUSY', 'SQLITE_LOCKED')) {
    return new CommandError('database_locked', `Another program kept ${path} locked for too long.`, {
      hint: `Nothing was lost. See who holds it (for example with "fuser ${path}") and start again.`,
      cause: error,
    });
  }
  if (is('SQLITE_NOTADB')) {
    return explain(`${path} is not a shipctl database.`, 'Name the right file with --db or SHIPCTL_DB.');
  }
  if (is('SQLITE_CORRUPT')) {
    return explain(
      `The database ${path} is damaged.`,
      'Restore it from a backup; do not go on with this file.',
    );
  }
  if (is('SQLITE_FULL')) {
    return explain(`No room left for ${path}.`, 'Free some space and start again; nothing was lost.');
  }
  if (is('SQLITE_READONLY', 'SQLITE_CANTOPEN', 'SQLITE_PERM', 'SQLITE_AUTH')) {
    return explain(
      `Can't open or write ${path}.`,
      'The file and its folder must be writable for this user: SQLite keeps -wal and -shm files beside it.',
    );
  }
  if (is('SQLITE_IOERR')) {
    return explain(`Reading or writing ${path} failed (${code}).`, 'Look at the disk and its free space.');
  }
  return error;
}
