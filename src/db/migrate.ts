import type BetterSqlite3 from 'better-sqlite3';
import { migrations } from '../../migrations/index.ts';
import { CommandError } from '../errors.ts';
import { type LockWait, retryWhileLocked } from './sqlite-dialect.ts';

/** Marks the file as ours ("ship" in ASCII), so that another program's database is never migrated by mistake. */
const APPLICATION_ID = 0x73686970;

function schemaVersion(sqlite: BetterSqlite3.Database): number {
  return Number(sqlite.pragma('user_version', { simple: true }));
}

/**
 * Applies the migrations that are missing, all in one transaction that holds the write lock: of several processes
 * that start at once one does it, and the others find it done.
 * @throws CommandError `database` where the file belongs to another program or to a newer shipctl.
 */
export async function migrate(
  sqlite: BetterSqlite3.Database,
  path: string,
  lockWaitMs: LockWait,
): Promise<void> {
  if (isUpToDate(sqlite, path)) return;
  await retryWhileLocked(lockWaitMs, () => sqlite.exec('begin immediate'));
  try {
    if (!isUpToDate(sqlite, path)) {
      for (const migration of migrations.slice(schemaVersion(sqlite))) sqlite.exec(migration);
      sqlite.pragma(`application_id = ${APPLICATION_ID}`);
      sqlite.pragma(`user_version = ${migrations.length}`);
    }
    sqlite.exec('commit');
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec('rollback');
    throw error;
  }
}

/** @throws CommandError `database` where the file belongs to another program or to a newer shipctl. */
export function isUpToDate(sqlite: BetterSqlite3.Database, path: string): boolean {
  const version = schemaVersion(sqlite);
  if (!isEmpty(sqlite) && sqlite.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new CommandError('database', `${path} belongs to another program.`, {
      hint: 'Name the shipctl database with --db or SHIPCTL_DB.',
    });
  }
  if (version > migrations.length) {
    throw new CommandError(
      'database',
      `${path} was written by a newer shipctl (schema ${version}; this version knows ${migrations.length}).`,
      { hint: 'Use the newer shipctl.' },
    );
  }
  return version === migrations.length;
}

export function isEmpty(sqlite: BetterSqlite3.Database): boolean {
  return sqlite.prepare('select count(*) from sqlite_schema').pluck().get() === 0;
}
