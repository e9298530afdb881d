import type BetterSqlite3 from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Driver,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely';
import { type Clock, systemClock } from '../clock.ts';
import { codeOf } from '../errors.ts';

/**
 * How long to wait for a lock in all, milliseconds; asked again while waiting, since a program that is to end has less time.
 * @param since - when the wait began, by the monotonic clock.
 */
export type LockWait = (since: number) => number;

/** How the tries are spaced. */
export interface LockPauses {
  clock: Pick<Clock, 'monotonic' | 'sleep'>;
  random: () => number;
}

const SYSTEM_PAUSES: LockPauses = { clock: systemClock, random: Math.random };

/** Far more than the program has; a bound all the same, since statements hold memory. */
const MAX_STATEMENTS = 256;

/**
 * Kysely's SQLite dialect with two changes: transactions take the write lock at once (a deferred one that reads
 * and then writes fails with SQLITE_BUSY whatever the time-out), and prepared statements are kept.
 *
 * @param lockWaitMs - how long a transaction waits for another process's lock, without blocking the event loop.
 */
export function sqliteDialect(
  database: BetterSqlite3.Database,
  lockWaitMs: LockWait,
  pauses = SYSTEM_PAUSES,
): SqliteDialect {
  const config: SqliteDialectConfig = { database: keepingStatements(database) };
  return new (class extends SqliteDialect {
    override createDriver(): Driver {
      return new ImmediateSqliteDriver(config, database, { lockWaitMs, pauses });
    }
  })(config);
}

class ImmediateSqliteDriver extends SqliteDriver {
  readonly #database: BetterSqlite3.Database;
  readonly #wait: { lockWaitMs: LockWait; pauses: LockPauses };

  constructor(
    config: SqliteDialectConfig,
    database: BetterSqlite3.Database,
    wait: { lockWaitMs: LockWait; pauses: LockPauses },
  ) {
    super(config);
    this.#database = database;
    this.#wait = wait;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const { lockWaitMs, pauses } = this.#wait;
    const begin = () => connection.executeQuery(CompiledQuery.raw('begin immediate'));
    await retryWhileLocked(lockWaitMs, begin, pauses);
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // On a full disk SQLite has rolled back by itself; a second rollback would fail and hide the first error.
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}

/** Tries again, at growing and uneven distances, as long as another process holds the database. */
export async function retryWhileLocked<T>(
  lockWaitMs: LockWait,
  attempt: () => T | Promise<T>,
  { clock, random } = SYSTEM_PAUSES,
): Promise<T> {
  let failedAt: number | undefined;
  for (let pauseMs = 2; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    try {
      return await attempt();
    } catch (error) {
      failedAt ??= clock.monotonic();
      if (!isLocked(error) || clock.monotonic() - failedAt >= lockWaitMs(failedAt)) throw error;
    }
    await clock.sleep(pauseMs * (0.5 + random()));
  }
}

function isLocked(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== undefined && (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'));
}

/** The SQLite result code (`SQLITE_FULL`, `SQLITE_IOERR_WRITE`…) of an error, if it is one. */
export function sqliteCode(error: unknown): string | undefined {
  const code = codeOf(error);
  return code?.startsWith('SQLITE_') ? code : undefined;
}

function keepingStatements(database: BetterSqlite3.Database): SqliteDialectConfig['database'] & object {
  const statements = new Map<string, BetterSqlite3.Statement>();
  return {
    close: () => {
      statements.clear();
      database.close();
    },
    prepare: (sql) => {
      const kept = statements.get(sql);
      // A statement that is still being iterated can't be started a second time.
      if (kept && !kept.busy) return kept as never;
      const statement = database.prepare(sql);
      if (statements.size >= MAX_STATEMENTS) statements.clear();
      statements.set(sql, statement);
      return statement as never;
    },
  };
}
