import type { Db } from '../db/open.ts';

/** How many events came for shipments that we do not know. */
export async function countUnmatched(db: Db): Promise<number> {
  const { events } = await db
    .selectFrom('tracking_events')
    .select(({ fn }) => fn.countAll<number>().as('events'))
    .where('shipment', 'is', null)
    .executeTakeFirstOrThrow();
  return events;
}
