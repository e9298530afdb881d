import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsOf } from '../db/rows.ts';

/**
 * A rejected shipment turns out to be with its provider after all: the corrected one that was planned in its place is
 * not sent, if that can still be helped, and the old one counts again.
 *
 * @param shipmentIds - ids of rows of `shipments` that may have been proven sent.
 */
export async function cancelReplacements(trx: Db, shipmentIds: readonly number[]): Promise<void> {
  const pairs = await trx
    .selectFrom('shipments as proven')
    .innerJoin('shipments as replacement', 'replacement.id', 'proven.superseded_by')
    .select(['proven.id as proven', 'proven.shipment_id as provenId', 'replacement.id as replacement'])
    .where('proven.id', 'in', idsOf(shipmentIds))
    .where('proven.sent_at', 'is not', null)
    .where('replacement.status', '=', 'pending')
    .where(
      sql<boolean>`not exists (select 1 from attempts where shipment = replacement.id and outcome <> 'unsent')`,
    )
    .execute();
  for (const { proven, provenId, replacement } of pairs) {
    await trx
      .updateTable('shipments')
      .set({
        status: 'rejected',
        superseded_by: proven,
        run: null,
        next_attempt_at: null,
        last_error: `cancelled: the provider has ${provenId}`,
      })
      .where('id', '=', replacement)
      .execute();
    await trx.updateTable('shipments').set({ superseded_by: null }).where('id', '=', proven).execute();
  }
}
