import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { idsOf } from '../../db/rows.ts';
import type { Provider } from '../../providers/provider.ts';
import { bringUpToDate } from '../../shipments/follow-order.ts';
import { moveShipments } from '../../shipments/transitions.ts';

/** Leaves to any run what a run holds and has not sent, or would have tried again, as its orders are by now. */
export async function giveBack(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  run: number,
  unrecorded: ReadonlySet<number>,
): Promise<void> {
  for (const status of ['sending', 'pending'] as const) {
    const held = trx
      .selectFrom('shipments')
      .select(['id', 'claim'])
      .where('run', '=', run)
      .where('status', '=', sql.lit(status));
    const shipments = await (status === 'sending'
      ? held.where('id', 'not in', idsOf([...unrecorded]))
      : held.where('next_attempt_at', 'is not', null)
    ).execute();
    const released = await moveShipments(trx, 'release', shipments);
    await bringUpToDate(trx, providers, released);
  }
}
