import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { explainDatabaseError, openDatabase } from '../../src/db/open.ts';
import { temporaryDatabase, temporaryFolder } from '../support/workspace.ts';

describe('openDatabase', () => {
  it('survives a power cut with what was committed, and keeps foreign keys', async () => {
    const { db } = await temporaryDatabase();
    await db.insertInto('provider_pauses').values({ provider: 'x', paused_until: 1 }).execute();

    const pragma = async (name: string) =>
      Object.values((await sql<object>`pragma ${sql.raw(name)}`.execute(db)).rows[0] ?? {})[0];

    expect(await pragma('journal_mode')).toBe('wal');
    // 2 is FULL.
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('foreign_keys')).toBe(1);
  });

  it('lets processes that start at once create it together', async () => {
    const path = join(temporaryFolder(), 'shipctl.db');

    const opened = await Promise.all(
      [1, 2, 3, 4].map(() => openDatabase(path, { create: true, lockWaitMs: 5_000 })),
    );

    for (const { db, close } of opened) {
      expect(await db.selectFrom('runs').selectAll().execute()).toEqual([]);
      await close();
    }
  });

  it('waits for another writer without blocking the event loop', async () => {
    const { db, path } = await temporaryDatabase();
    const other = new BetterSqlite3(path);
    other.exec('begin immediate');
    setTimeout(() => other.exec('commit'), 300);

    await db.transaction().execute((trx) => trx.selectFrom('runs').selectAll().execute());

    other.close();
    expect(other.inTransaction).toBe(false);
  });

  it('says who is to blame when the lock is kept for too long', async () => {
    const { path } = await temporaryDatabase();
    const { db, close } = await openDatabase(path, { create: false, lockWaitMs: 200 });
    const other = new BetterSqlite3(path);
    other.exec('begin immediate');

    const failure = await db
      .transaction()
      .execute((trx) => trx.selectFrom('runs').selectAll().execute())
      .catch((error: unknown) => explainDatabaseError(error, path));

    other.exec('rollback');
    other.close();
    await close();
    expect(failure).toMatchObject({ code: 'database_locked', message: expect.stringContaining(path) });
  });

  it.each([
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, pending_for, skipped_periods, claim) values (1, '2026-02-30', 'a', 'p', '', 'pending', 'released', 0, 0)",
      'no such day',
    ],
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim) values (1, '2026-02-28', 'a', 'p', '', 'lost', 0, 0)",
      'no such status',
    ],
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim) values (1, '2026-02-28', 'a', 'p', '', 'sending', 0, 0)",
      'sending by no run',
    ],
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim) values (1, '2026-02-28', 'a', 'p', '', 'sent', 0, 0)",
      'sent at no time',
    ],
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, pending_for, skipped_periods, claim) values (9, '2026-02-28', 'a', 'p', '', 'pending', 'released', 0, 0)",
      'of no order',
    ],
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim) values (1, '2026-02-28', 'a', 'p', '', 'pending', 0, 0)",
      'pending for nobody',
    ],
    [
      "insert into shipments (customer_order, due_on, shipment_id, provider, body, status, pending_for, skipped_periods, claim) values (1, '2026-02-28', 'a', 'p', '', 'pending', 'retrying', 0, 0)",
      'retrying at no time',
    ],
  ])('refuses a state that can’t be: %s (%s)', async (statement) => {
    const { db } = await temporaryDatabase();
    await sql`insert into customer_orders (id, order_id, provider, delivery_service, shipping_interval, starts_on,
      next_due_on, recipient, line_1, line_2, city, postcode, country)
      values (1, 'co-1', 'p', 'standard', 'weekly', '2026-02-28', '2026-02-28', 'r', 'l', '', 'c', 'p', 'GB')`.execute(
      db,
    );

    await expect(sql.raw(statement).execute(db)).rejects.toThrow(/constraint failed/i);
  });

  it('ships a due date once: a second shipment for it is refused', async () => {
    const { db } = await temporaryDatabase();
    await sql`insert into customer_orders (id, order_id, provider, delivery_service, shipping_interval, starts_on,
      next_due_on, recipient, line_1, line_2, city, postcode, country)
      values (1, 'co-1', 'p', 'standard', 'weekly', '2026-02-28', '2026-02-28', 'r', 'l', '', 'c', 'p', 'GB')`.execute(
      db,
    );
    const insert = (shipmentId: string) =>
      sql`insert into shipments (customer_order, due_on, shipment_id, provider, body, status, pending_for, skipped_periods, claim)
        values (1, '2026-02-28', ${shipmentId}, 'p', '', 'pending', 'released', 0, 0)`.execute(db);
    await insert('co-1');

    await expect(insert('co-1.2')).rejects.toThrow(/UNIQUE/);
  });
});
