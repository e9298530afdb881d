import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  sql,
} from 'kysely';
import { openSqlite } from '../../src/db/load-sqlite.ts';
import { type Db, type OpenDatabase, openDatabase } from '../../src/db/open.ts';
import { sqliteCode } from '../../src/db/sqlite-dialect.ts';
import type { Process } from './world.ts';

/** How long a statement outside a transaction waits for a lock: SQLite's own time-out in `openDatabase`. */
const BUSY_MS = 100;
const LOCK_WAIT_MS = 8_000;

/** The database of one history after the other, always in the same file: what is open stays open. */
export interface Place {
  /** A connection of the process's own, until it closes it or is killed. */
  openFor(process: Process, afterCommit: () => void): Promise<{ db: Db; close: () => Promise<void> }>;
  /** For looking at it from outside. */
  observer: BetterSqlite3.Database;
  /** Empties the database; no process is left that uses it. */
  reset(): Promise<void>;
  remove(): void;
}

/** A connection, and who uses it now. */
interface Slot {
  database: OpenDatabase;
  process: Process;
  afterCommit: () => void;
  /** Connections that Kysely has given to a query or a transaction and not got back. */
  lent: number;
}

const TABLES = [
  'tracking_events',
  'decisions',
  'attempts',
  'shipments',
  'customer_order_items',
  'former_addresses',
  'customer_orders',
  'runs',
  'provider_pauses',
  'order_counts',
  'shipment_counts',
  'unmatched_event_counts',
];

export async function preparePlace(folder: string): Promise<Place> {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'shipctl.db');
  const { db, close } = await openDatabase(path, { create: true, lockWaitMs: 0 });
  await sql`select 1`.execute(db);
  const observer = openSqlite(path, {});
  await close();
  let free: Slot[] = [];
  let used = new Set<Slot>();

  return {
    observer,
    async openFor(process, afterCommit) {
      const slot = free.pop() ?? (await openSlot(path, process));
      Object.assign(slot, { process, afterCommit });
      used.add(slot);
      const end = async (isKilled: boolean) => {
        if (!used.delete(slot)) return;
        if (isKilled || slot.lent > 0) await slot.database.close();
        else free.push(slot);
      };
      process.onKill(() => void end(true));
      return { db: slot.database.db, close: () => end(false) };
    },
    async reset() {
      for (const slot of used) {
        if (slot.lent > 0) await slot.database.close();
        else free.push(slot);
      }
      used = new Set();
      observer.exec(
        `begin immediate; pragma defer_foreign_keys = on; ${TABLES.map((table) => `delete from ${table};`).join(' ')} commit`,
      );
    },
    remove() {
      for (const { database } of [...free, ...used]) void database.close();
      free = [];
      observer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A connection. Each statement is a turn of the process: others may do something before it, and the process may be
 * stopped or killed there. When it is killed, its open transaction is rolled back.
 */
async function openSlot(path: string, process: Process): Promise<Slot> {
  const slot: Omit<Slot, 'database'> = { process, afterCommit: () => {}, lent: 0 };
  const database = await openDatabase(path, {
    create: false,
    lockWaitMs: LOCK_WAIT_MS,
    // Waiting is what the process's own clock does.
    blockMs: 0,
    lockPauses: {
      clock: {
        monotonic: () => slot.process.clock.monotonic(),
        sleep: (ms, signal) => slot.process.clock.sleep(ms, signal),
      },
      random: () => slot.process.random.next(),
    },
    wrapDialect: (dialect) => takingTurns(dialect, slot),
  });
  return Object.assign(slot, { database });
}

function takingTurns(dialect: Dialect, slot: Omit<Slot, 'database'>): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => driverTakingTurns(dialect.createDriver(), slot),
  };
}

function driverTakingTurns(driver: Driver, slot: Omit<Slot, 'database'>): Driver {
  return {
    async init() {
      await driver.init();
      const connection = await driver.acquireConnection();
      // Nothing that the simulation ends can lose what the system has.
      await connection.executeQuery(CompiledQuery.raw('pragma synchronous = off'));
      await driver.releaseConnection(connection);
    },
    async acquireConnection() {
      slot.lent += 1;
      return connectionTakingTurns(await driver.acquireConnection(), slot);
    },
    beginTransaction: (connection, settings) => driver.beginTransaction(connection, settings),
    async commitTransaction(connection) {
      await driver.commitTransaction(connection);
      // No other process has done anything since.
      slot.afterCommit();
    },
    rollbackTransaction: (connection) => driver.rollbackTransaction(connection),
    async releaseConnection(connection) {
      await driver.releaseConnection(connection);
      slot.lent -= 1;
    },
    destroy: () => driver.destroy(),
  };
}

function connectionTakingTurns(
  connection: DatabaseConnection,
  slot: Omit<Slot, 'database'>,
): DatabaseConnection {
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const { process } = slot;
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
