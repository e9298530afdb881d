import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { CommandError } from '../errors.ts';
import { sqliteCode } from './sqlite-dialect.ts';

/** What each Node needs of better-sqlite3: version 12 aborts the process on Node 24, version 13 does on Node 20. */
const NEEDED = process.versions.node.startsWith('20.') ? '12.11.1' : '13.2.0';

/**
 * Opens a file with the installed SQLite, which is native code: one that is not for this Node may crash the process, and
 * is not loaded.
 * @throws CommandError `unexpected` where SQLite can't be loaded; SQLite's own errors as they are.
 */
export function openSqlite(path: string, options: BetterSqlite3.Options): BetterSqlite3.Database {
  try {
    const load = createRequire(`${import.meta.dirname}/`);
    const { version } = load('better-sqlite3/package.json');
    if (majorOf(version) !== majorOf(NEEDED))
      throw new Error(`better-sqlite3 ${version} is for another Node`);
    const Database: typeof BetterSqlite3 = load('better-sqlite3');
    return new Database(path, options);
  } catch (error) {
    if (sqliteCode(error) !== undefined) throw error;
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    throw new CommandError('unexpected', `SQLite can't be loaded by Node ${process.version}: ${reason}`, {
      hint: `Run "npm install --no-save better-sqlite3@${NEEDED}", scripts allowed, with this Node where shipctl is installed.`,
      cause: error,
    });
  }
}

function majorOf(version: string): string | undefined {
  return version.split('.')[0];
}
