import type { Db } from '../../db/open.ts';
import type { Log } from '../../log.ts';

/** The longest pause that is kept: whoever asks for more, or whose pause lies further ahead since the clock was set back. */
export const LONGEST_KEPT_PAUSE_MS = 86_400_000;

/** Until when a provider asked to be left alone, epoch milliseconds; 0 where it did not. */
export async function readPause(db: Db, provider: string, nowMs: number): Promise<number> {
  const pause = await db
    .selectFrom('provider_pauses')
    .select('paused_until')
    .where('provider', '=', provider)
    .executeTakeFirst();
  if (!pause || pause.paused_until - nowMs > LONGEST_KEPT_PAUSE_MS) return 0;
  return pause.paused_until;
}

/** Keeps the pause for runs that come after this one. */
export function savePause(db: Db, provider: string, untilMs: number, log: Log): void {
  db.transaction()
    .execute((trx) =>
      trx
        .insertInto('provider_pauses')
        .values({ provider, paused_until: untilMs })
        .onConflict((conflict) => conflict.column('provider').doUpdateSet({ paused_until: untilMs }))
        .execute(),
    )
    .catch((error: unknown) => {
      // This run keeps the pause all the same; only the next one would not know of it.
      log.warn('a pause that the provider asked for could not be stored', { provider, error: String(error) });
    });
}
