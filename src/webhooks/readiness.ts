import type { Clock } from '../clock.ts';
import type { Db } from '../db/open.ts';

/** Each look costs a durable write, so that many probes share one. */
const FRESH_MS = 1000;

/** Tells whether events could be stored now, by writing something that leaves no trace. */
export function createReadiness(db: Db, clock: Clock): () => Promise<boolean> {
  let last: { at: number; result: Promise<boolean> } | undefined;
  return () => {
    const now = clock();
    if (!last || Math.abs(now - last.at) >= FRESH_MS) last = { at: now, result: canWrite(db) };
    return last.result;
  };
}

async function canWrite(db: Db): Promise<boolean> {
  const probe = { provider: '', paused_until: 0 };
  try {
    await db.transaction().execute(async (trx) => {
      await trx.insertInto('provider_pauses').values(probe).execute();
      await trx.deleteFrom('provider_pauses').where('provider', '=', probe.provider).execute();
    });
    return true;
  } catch {
    return false;
  }
}
