import type { Clock } from '../clock.ts';
import type { Db } from '../db/open.ts';
import { shareForMs } from './share.ts';

/** Each look costs a durable write, so that many probes share one. */
const FRESH_MS = 1000;

/**
 * Tells why events could not be stored now, by writing something that leaves no trace; undefined where they could.
 * @param whyLost - why the database is of no use any more.
 */
export function createReadiness(
  db: Db,
  clock: Clock,
  whyLost: () => string | undefined,
): () => Promise<string | undefined> {
  return shareForMs(
    FRESH_MS,
    () => clock.monotonic(),
    async () => whyLost() ?? tryToWrite(db),
  );
}

async function tryToWrite(db: Db): Promise<string | undefined> {
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
