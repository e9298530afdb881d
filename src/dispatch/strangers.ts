import { sql } from 'kysely';
import type { Db } from '../db/open.ts';

/** Providers that orders or shipments wait for although this program does not know them. */
export async function findStrangers(db: Db, known: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const next of [nextOfOrders, nextOfShipments]) {
    // From one name to the next in an index: as many steps as there are providers, however many rows.
    for (let name = await next(db, ''); name !== undefined; name = await next(db, name)) names.add(name);
  }
  return [...names].filter((name) => !known.includes(name)).sort();
}

async function nextOfOrders(db: Db, after: string): Promise<string | undefined> {
  const next = await db
    .selectFrom('customer_orders')
    .select('provider')
    .where('active', '=', sql.lit(1))
    .where('problem', 'is', null)
    .where('provider', '>', after)
    .orderBy('provider')
    .limit(1)
    .executeTakeFirst();
  return next?.provider;
}

async function nextOfShipments(db: Db, after: string): Promise<string | undefined> {
  const next = await db
    .selectFrom('shipments')
    .select('provider')
    .where('status', '=', sql.lit('pending'))
    .where('provider', '>', after)
    .orderBy('provider')
    .limit(1)
    .executeTakeFirst();
  return next?.provider;
}
