import type { Db } from '../db/open.ts';
import { sqliteCode } from '../db/sqlite-dialect.ts';
import { type EventReceipt, storeEvents } from '../shipments/events.ts';
import type { Delivery } from './delivery.ts';

/** What became of one delivery. What is `stored`, or was before, survives a power cut. */
export type IngestResult =
  | { kind: 'stored'; receipts: readonly EventReceipt[] }
  /** The database can't be written now; nothing of the delivery was stored. */
  | { kind: 'unavailable'; cause: string }
  /** This delivery can't be stored, whatever the time. */
  | { kind: 'failed'; cause: string };

/**
 * Stores deliveries in one transaction. Where that fails because of one of them, each is stored by itself, so that
 * only that one fails; where the database is what fails, all of them do.
 */
export async function ingest(db: Db, deliveries: readonly Delivery[]): Promise<IngestResult[]> {
  try {
    return await store(db, deliveries);
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    if (isDatabaseTrouble(error)) return deliveries.map(() => ({ kind: 'unavailable', cause }));
    if (deliveries.length === 1) return [{ kind: 'failed', cause }];
    const results: IngestResult[] = [];
    for (const delivery of deliveries) results.push(...(await ingest(db, [delivery])));
    return results;
  }
}

async function store(db: Db, deliveries: readonly Delivery[]): Promise<IngestResult[]> {
  return db.transaction().execute(async (trx) => {
    const receipts = await storeEvents(
      trx,
      deliveries.flatMap(({ events }) => events),
    );
    let start = 0;
    return deliveries.map(({ events }) => {
      const own = receipts.slice(start, start + events.length);
      start += events.length;
      return { kind: 'stored', receipts: own };
    });
  });
}

/** A row that breaks a rule of its table is the delivery's fault; a full disk, a lock or a lost file is not. */
function isDatabaseTrouble(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code === undefined) return false;
  return !['SQLITE_CONSTRAINT', 'SQLITE_MISMATCH', 'SQLITE_TOOBIG'].some((own) => code.startsWith(own));
}
