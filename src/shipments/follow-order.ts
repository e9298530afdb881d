import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsOf } from '../db/rows.ts';
import type { PlannedOrder } from '../orders/load.ts';
import type { StoredOrder } from '../orders/queries.ts';
import type { Provider } from '../providers/provider.ts';
import { mayBeAccepted } from './doubt.ts';
import { providerForm } from './provider-form.ts';
import { moveShipments } from './transitions.ts';

/** What became of the shipments of changed orders that were planned and are not with their provider yet. */
export interface Followed {
  /** Planned anew with the order as it is now. */
  corrected: string[];
  /** Never sent: a later due date is, in their place. */
  cancelled: string[];
  /** Planned with the order as it was, and left so: a request for them may have arrived. */
  kept: string[];
}

/**
 * Lets shipments that are still to be sent follow their changed orders, in the transaction that changes these. The bytes
 * of one that its provider may have stay as they are.
 *
 * @param followed - takes the ids of shipments.
 */
export async function followOrders(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  planned: readonly PlannedOrder[],
  followed: Followed,
): Promise<void> {
  const byKey = new Map(planned.map((each) => [each.order.key, each]));
  const open = await trx
    .selectFrom('shipments')
    .select([
      'id',
      'claim',
      'shipment_id as shipmentId',
      'customer_order as customerOrder',
      'provider',
      'body',
    ])
    .select(sql<0 | 1>`status = 'pending' and ${mayBeAccepted()} = 0`.as('isFree'))
    .where('customer_order', 'in', idsOf([...byKey.keys()]))
    .where('status', 'in', ['pending', 'sending', 'uncertain'])
    .execute();
  for (const { id, claim, shipmentId, customerOrder, provider, body, isFree } of open) {
    const owner = byKey.get(customerOrder);
    if (!owner) continue;
    if (isFree === 1 && owner.isOverdueAgain) {
      const reason = 'cancelled: its order was not active until later due dates had come';
      await moveShipments(trx, 'cancelMissed', [{ id, claim, reason }]);
      followed.cancelled.push(shipmentId);
      continue;
    }
    const form = formOf(owner.order, shipmentId, providers);
    if (form && form.provider === provider && form.body === body) continue;
    if (form && isFree === 1) {
      await moveShipments(trx, 'correct', [{ id, claim, ...form }]);
      followed.corrected.push(shipmentId);
    } else {
      followed.kept.push(shipmentId);
    }
  }
}

/** Undefined where the provider's code can't make it, or is not there. */
function formOf(order: StoredOrder, shipmentId: string, providers: ReadonlyMap<string, Provider>) {
  const provider = providers.get(order.provider);
  try {
    return provider && providerForm(provider, { ...order, shipmentId }, order.addressVersion);
  } catch {
    return undefined;
  }
}
