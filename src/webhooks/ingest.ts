import type { Db } from '../db/open.ts';
import { sqliteCode } from '../db/sqlite-dialect.ts';
import { type EventReceipt, storeEvents } from '../shipments/events.ts';
import type { Delivery } from './delivery.ts';

/** What became of one delivery. What is `stored`, or was before, survives a power cut. */
export type IngestResult =
  | { kind: 'stored' | 'duplicate'; matched: boolean }
  /** The database can't be written now; nothing of the delivery was stored. */
  | { kind: 'unavailable'; reason: string }
  /** This delivery can't be stored, whatever the time. */
  | { kind: 'failed'; reason: string };

/**
 * Stores deliveries in one transaction. Where that fails because of one of them, each is stored by itself, so that
 * only that one fails; where the database is what fails, all of them do.
 */
export async function ingest(db: Db, deliveries: readonly Delivery[]): Promise<IngestResult[]> {
  try {
    return await store(db, deliveries);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (isDatabaseTrouble(error)) return deliveries.map(() => ({ kind: 'unavailable', reason }));
    if (deliveries.length === 1) return [{ kind: 'failed', reason }];
    const results: IngestResult[] = [];
    for (const delivery of deliveries) results.push(...(await ingest(db, [delivery])));
    return results;
  }
}

async function store(db: Db, deliveries: readonly Delivery[]): Promise<IngestResult[]> {
  const events = deliveries.flatMap((delivery) => delivery.events);
  const receipts = await db.transaction().execute((trx) => storeEvents(trx, events));
  let start = 0;
  return deliveries.map((delivery) => {
    const own = receipts.slice(start, start + delivery.events.length);
    start += delivery.events.length;
    return summarize(own);
  });
}

function summarize(receipts: readonly EventReceipt[]): IngestResult {
  return {
    kind: receipts.some(({ stored }) => stored) ? 'stored' : 'duplicate',
    matched: receipts.every(({ matched }) => matched),
  };
}

/** A row that breaks a rule of its table is the delivery's fault; a full disk, a lock or a lost file is not. */
function isDatabaseTrouble(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code === undefined) return false;
  return !['SQLITE_CONSTRAINT', 'SQLITE_MISMATCH', 'SQLITE_TOOBIG'].some((own) => code.startsWith(own));
}
