import type { Db } from '../db/open.ts';

/** How many events came for shipments that we do not know. */
export async function countUnmatched(db: Db): Promise<number> {
  const { events } = await db
    .selectFrom('unmatched_event_counts')
    .select(({ fn }) => fn.sum<number | null>('events').as('events'))
    .executeTakeFirstOrThrow();
  return events ?? 0;
}
