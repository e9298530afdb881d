import { hash } from 'node:crypto';
import { sql, type Transaction } from 'kysely';
import { rowsTable } from '../db/rows.ts';
import type { Tables } from '../db/tables.ts';
import type { Delivery } from './delivery.ts';

/**
 * Remembers which body came under which id of a provider.
 * @returns the deliveries whose id came with another body before: what came first stays.
 */
export async function rememberDeliveries(
  trx: Transaction<Tables>,
  deliveries: readonly Delivery[],
): Promise<ReadonlySet<Delivery>> {
  const identified = deliveries.flatMap((delivery) => {
    const { id, provider, raw } = delivery;
    return id === undefined ? [] : { delivery, row: { provider, id, digest: digest(raw) } };
  });
  if (identified.length === 0) return new Set();
  const columns = { provider: 'text', id: 'text', digest: 'integer' } as const;
  const rows = identified.map(({ row }) => row);
  const { numAffectedRows: added } = await sql`
    insert into webhook_deliveries (provider, delivery_id, digest)
    select provider, id, digest from ${rowsTable('delivery', columns, rows)} where true
    on conflict (provider, delivery_id) do nothing
  `.execute(trx);
  if (Number(added) === rows.length) return new Set();
  const { rows: known } = await sql<{ provider: string; id: string; digest: number }>`
    select known.provider, known.delivery_id as id, known.digest
    from ${rowsTable('delivery', columns, rows)}
      join webhook_deliveries as known on known.provider = delivery.provider and known.delivery_id = delivery.id
  `.execute(trx);
  const first = new Map(known.map((row) => [`${row.provider} ${row.id}`, row.digest]));
  const reused = identified.filter(({ row }) => first.get(`${row.provider} ${row.id}`) !== row.digest);
  return new Set(reused.map(({ delivery }) => delivery));
}

/** 48 bits are enough to tell bodies apart whose sender is known, and fit a number. */
function digest(raw: string): number {
  return hash('sha256', raw, 'buffer').readUIntBE(0, 6);
}
