import type { Db } from '../../db/open.ts';
import { intervalsOf, workOfProviders } from './backlog.ts';

/** Providers that orders which are due, or shipments, wait for although this program does not know them. */
export async function findUnknownProviders(
  db: Db,
  known: ReadonlyMap<string, unknown>,
  asOf: string,
): Promise<string[]> {
  const work = await workOfProviders(db, intervalsOf(null), asOf);
  return [...work.keys()].filter((name) => !known.has(name)).sort();
}
