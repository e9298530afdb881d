import type { Clock } from '../clock.ts';
import type { Db } from '../db/open.ts';

/** Each look costs a durable write, so that many probes share one. */
const FRESH_MS = 1000;

/** Tells why events could not be stored now, by writing something that leaves no trace; undefined where they could. */
export function createReadiness(
  db: Db,
  clock: Clock,
  isReplaced: () => boolean,
): () => Promise<string | undefined> {
  let last: { at: number; result: Promise<string | undefined> } | undefined;
  return () => {
    const now = clock();
    if (!last || Math.abs(now - last.at) >= FRESH_MS) last = { at: now, result: tryToWrite(db, isReplaced) };
    return last.result;
  };
}

async function tryToWrite(db: Db, isReplaced: () => boolean): Promise<string | undefined> {
  if (isReplaced()) return DATABASE_REPLACED;
  // Any table would do; this is the one with the fewest rows, and no provider has this name.
  const probe = { provider: '', paused_until: 0 };
  try {
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('provider_pauses').values(probe).execute();
      await trx.deleteFrom('provider_pauses').where('provider', '=', probe.provider).execute();
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

export const DATABASE_REPLACED = 'the database file was deleted or replaced while it was in use';
