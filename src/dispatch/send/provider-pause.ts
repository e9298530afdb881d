import { sql } from 'kysely';
import type { Clock } from '../../clock.ts';
import type { Db } from '../../db/open.ts';
import type { Log } from '../../log.ts';
import { LONGEST_KEPT_PAUSE_MS } from './pace/throttle.ts';

/** How often a run that is sending looks whether another one was asked for a pause. */
const LOOK_MS = 1_000;

interface PauseContext {
  db: Db;
  clock: Clock;
  log: Log;
}

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

/**
 * Keeps the pause for other runs. Of several the later end holds, but for one that lies further ahead than any that is kept.
 *
 * @returns the end that holds now; `untilMs` where it could not be stored.
 */
export async function keepPause(
  { db, clock, log }: PauseContext,
  provider: string,
  untilMs: number,
): Promise<number> {
  const latest = clock.now() + LONGEST_KEPT_PAUSE_MS;
  try {
    const { paused_until } = await db.transaction().execute((trx) =>
      trx
        .insertInto('provider_pauses')
        .values({ provider, paused_until: untilMs })
        .onConflict((conflict) =>
          conflict.column('provider').doUpdateSet({
            paused_until: sql<number>`case when provider_pauses.paused_until between excluded.paused_until and ${latest}
              then provider_pauses.paused_until else excluded.paused_until end`,
          }),
        )
        .returning('paused_until')
        .executeTakeFirstOrThrow(),
    );
    return paused_until;
  } catch (error) {
    // This run keeps the pause all the same; only the others would not know of it.
    log.warn('a pause that the provider asked for could not be stored', { provider, error: String(error) });
    return untilMs;
  }
}

/** Forgets a pause that has ended: were the clock set back, it would hold once more. */
export async function forgetEndedPause({ db, clock, log }: PauseContext, provider: string): Promise<void> {
  try {
    const until = await readPause(db, provider, clock.now());
    // Most of the time there is none: then no lock is taken.
    if (until === 0 || until > clock.now()) return;
    await db
      .transaction()
      .execute((trx) =>
        trx
          .deleteFrom('provider_pauses')
          .where('provider', '=', provider)
          .where('paused_until', '<=', clock.now())
          .execute(),
      );
  } catch (error) {
    log.debug('a pause that has ended could not be forgotten', { provider, error: String(error) });
  }
}

/** Tells of pauses that other runs are asked for, until `stop` aborts. */
export async function watchPause(
  { db, clock, log }: PauseContext,
  provider: string,
  learn: (untilMs: number) => void,
  stop: AbortSignal,
): Promise<void> {
  for (;;) {
    await clock.sleep(LOOK_MS, stop);
    if (stop.aborted) return;
    try {
      learn(await readPause(db, provider, clock.now()));
    } catch (error) {
      log.debug('the pause of a provider could not be read', { provider, error: String(error) });
    }
  }
}
