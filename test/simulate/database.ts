import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CompiledQuery, type DatabaseConnection, type Dialect, type Driver, type QueryResult } from 'kysely';
import { type Db, openDatabase } from '../../src/db/open.ts';
import { sqliteCode } from '../../src/db/sqlite-dialect.ts';
import type { Process } from './world.ts';

/** How long a statement outside a transaction waits for a lock: SQLite's own time-out in `openDatabase`. */
const BUSY_MS = 100;
const LOCK_WAIT_MS = 30_000;

/** Where the databases of histories are made, one after the other. */
export interface Place {
  /** A new database in a file of its own: the path. */
  fresh(): string;
  remove(): void;
}

export async function preparePlace(folder: string): Promise<Place> {
  mkdirSync(folder, { recursive: true });
  const template = join(folder, 'template.db');
  const { emptyLog, close } = await openDatabase(template, { create: true, lockWaitMs: 0 });
  emptyLog();
  await close();
  const path = join(folder, 'shipctl.db');
  return {
    fresh() {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
      copyFileSync(template, path);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * The process's own connection. Each statement is a turn of the process: others may do something before it, and the
 * process may be stopped or killed there. When it is killed, its open transaction is rolled back.
 */
export async function openFor(
  process: Process,
  path: string,
  afterCommit: () => void,
): Promise<{ db: Db; close: () => Promise<void> }> {
  const { clock, random } = process;
  const { db, close } = await openDatabase(path, {
    create: false,
    lockWaitMs: LOCK_WAIT_MS,
    // Waiting is what the process's own clock does.
    blockMs: 0,
    lockPauses: { clock, random: random.next },
    wrapDialect: (dialect) => takingTurns(dialect, process, afterCommit),
  });
  let open = true;
  const closeOnce = async () => {
    if (open) await close();
    open = false;
  };
  process.onKill(() => void closeOnce());
  return { db, close: closeOnce };
}

function takingTurns(dialect: Dialect, process: Process, afterCommit: () => void): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => driverTakingTurns(dialect.createDriver(), process, afterCommit),
  };
}

function driverTakingTurns(driver: Driver, process: Process, afterCommit: () => void): Driver {
  return {
    async init() {
      await driver.init();
      const connection = await driver.acquireConnection();
      // Nothing that the simulation ends can lose what the system has.
      await connection.executeQuery(CompiledQuery.raw('pragma synchronous = off'));
      await driver.releaseConnection(connection);
    },
    acquireConnection: async () => connectionTakingTurns(await driver.acquireConnection(), process),
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    async commitTransaction(connection) {
      await driver.commitTransaction(connection);
      // No other process has done anything since.
      afterCommit();
    },
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    releaseConnection: (connection) => driver.releaseConnection(connection),
    destroy: () => driver.destroy(),
  };
}

function connectionTakingTurns(connection: DatabaseConnection, process: Process): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const waitUntil = process.clock.monotonic() + BUSY_MS;
      for (;;) {
        await turn(process);
        try {
          return await connection.executeQuery<Row>(query);
        } catch (error) {
          const isBusy = sqliteCode(error)?.startsWith('SQLITE_BUSY') ?? false;
          if (!isBusy || query.sql === 'begin immediate' || process.clock.monotonic() > waitUntil)
            throw error;
        }
        await process.clock.sleep(5);
      }
    },
    streamQuery() {
      throw new Error('nothing is read as a stream');
    },
  };
}

/** Now and then the disk or the machine is busy. */
function turn(process: Process): Promise<void> {
  const { random } = process;
  const ms = random.chance(0.02) ? random.between(5, 400) : random.between(0.05, 1);
  return new Promise((resolve) => process.later(ms, resolve));
}
