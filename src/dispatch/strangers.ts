import type { Db } from '../db/open.ts';

/** Providers that orders which are due, or shipments, wait for although this program does not know them. */
export async function findStrangers(
  db: Db,
  known: ReadonlyMap<string, unknown>,
  asOf: string,
): Promise<string[]> {
  const due = await db
    .selectFrom('order_counts')
    .select('provider')
    .distinct()
    .where('active', '=', 1)
    .where('set_aside', '=', 0)
    .where('orders', '>', 0)
    .where('next_due_on', '<=', asOf)
    .execute();
  const open = await db
    .selectFrom('shipment_counts')
    .select('provider')
    .distinct()
    .where('status', 'in', ['pending', 'sending'])
    .where('shipments', '>', 0)
    .execute();
  const names = new Set([...due, ...open].map(({ provider }) => provider));
  return [...names].filter((name) => !known.has(name)).sort();
}
