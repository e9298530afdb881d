import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { idsOf } from '../../db/rows.ts';
import { moveShipments } from '../../shipments/transitions.ts';

/** Leaves to any run what a run holds and has not sent, or would have tried again. */
export async function giveBack(trx: Db, run: number, unrecorded: ReadonlySet<number>): Promise<void> {
  for (const status of ['sending', 'pending'] as const) {
    const held = trx
      .selectFrom('shipments')
      .select(['id', 'claim'])
      .where('run', '=', run)
      .where('status', '=', sql.lit(status));
    await moveShipments(
      trx,
      'release',
      await (status === 'sending'
        ? held.where('id', 'not in', idsOf([...unrecorded]))
        : held.where('next_attempt_at', 'is not', null)
      ).execute(),
    );
  }
}
