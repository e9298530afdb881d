import { type Expression, type SqlBool, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsOf } from '../db/rows.ts';
import { findOrders, type StoredOrder } from '../orders/queries.ts';
import type { Provider } from '../providers/provider.ts';
import { mayBeAccepted } from './doubt.ts';
import { type ProviderForm, providerForm } from './provider-form.ts';
import { type ClaimKey, moveShipments } from './transitions.ts';

/** What became of the shipments of changed orders that were planned and are not with their provider yet. */
export interface Followed {
  /** Planned anew with the order as it is now. */
  corrected: string[];
  /** Never sent: a later due date is, in their place. */
  cancelled: string[];
  /** The same, but they may have arrived: a person finds out. */
  doubted: string[];
  /** Planned with the order as it was, and left so: a request for them may have arrived. */
  kept: string[];
  /** A run has claimed them, and sends them although their order is not active any more. */
  goingOut: string[];
}

/**
 * Lets shipments that are still to be sent follow their changed orders, in the transaction that changes these. The bytes
 * of one that its provider may have stay as they are; one that a run has claimed follows when it is claimed again.
 *
 * @param orders - keys.
 * @param followed - takes the ids of shipments, where anybody asks.
 */
export async function followOrders(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  orders: readonly number[],
  followed?: Followed,
): Promise<void> {
  await follow(trx, providers, sql`shipments.customer_order in ${idsOf(orders)}`, followed);
}

/**
 * The same for pending shipments that are about to be claimed: what was claimed, or in doubt, as its order changed.
 * @returns those that are still to be sent by the provider that they are claimed for.
 */
export async function followBeforeClaim<Key extends ClaimKey>(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  shipments: readonly Key[],
): Promise<Key[]> {
  if (shipments.length === 0) return [];
  const ids = idsOf(shipments.map(({ id }) => id));
  const elsewhere = new Set(await follow(trx, providers, sql`shipments.id in ${ids}`));
  return shipments.filter(({ id }) => !elsewhere.has(id));
}

interface Behind extends ClaimKey {
  shipmentId: string;
  orderId: string;
  provider: string;
  body: string;
  isPending: 0 | 1;
  isSending: 0 | 1;
  mayBeAccepted: number;
  isMissed: 0 | 1;
}

/** @returns the keys of those that are not to be sent, or not by the same provider, any more. */
async function follow(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  which: Expression<unknown>,
  followed?: Followed,
): Promise<number[]> {
  const behind = await readBehind(trx, which);
  if (behind.length === 0) return [];
  const orders = await findOrders(trx, [...new Set(behind.map(({ orderId }) => orderId))]);
  const elsewhere: number[] = [];
  for (const shipment of behind) {
    const { id, claim, shipmentId } = shipment;
    const isFree = shipment.isPending === 1 && shipment.mayBeAccepted === 0;
    if (shipment.isMissed === 1 && shipment.isPending === 1) {
      elsewhere.push(id);
      await moveShipments(trx, isFree ? 'cancelMissed' : 'doubtMissed', [{ id, claim, reason: MISSED }]);
      followed?.[isFree ? 'cancelled' : 'doubted'].push(shipmentId);
      continue;
    }
    const order = orders.get(shipment.orderId);
    const form = order && formOf(order, shipmentId, providers);
    if (order && !order.active && shipment.isSending === 1) followed?.goingOut.push(shipmentId);
    const isSame = form?.provider === shipment.provider && form.body === shipment.body;
    if (form && isFree) {
      await moveShipments(trx, 'correct', [{ id, claim, ...form }]);
      if (form.provider !== shipment.provider) elsewhere.push(id);
    }
    if (!isSame) followed?.[form && isFree ? 'corrected' : 'kept'].push(shipmentId);
  }
  return elsewhere;
}

const MISSED = 'its order was not active until later due dates had come';

/** Shipments still to be sent that were planned before their order was changed last. */
async function readBehind(trx: Db, which: Expression<unknown>): Promise<Behind[]> {
  return trx
    .selectFrom('shipments')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .select([
      'shipments.id',
      'shipments.claim',
      'shipments.shipment_id as shipmentId',
      'customer_orders.order_id as orderId',
      'shipments.provider',
      'shipments.body',
      mayBeAccepted().as('mayBeAccepted'),
      sql<0 | 1>`shipments.status = 'pending'`.as('isPending'),
      sql<0 | 1>`shipments.status = 'sending'`.as('isSending'),
      sql<0 | 1>`coalesce(shipments.due_on <= customer_orders.missed_up_to, 0)`.as('isMissed'),
    ])
    .where(sql<SqlBool>`${which}`)
    .where(sql<SqlBool>`shipments.order_version <> customer_orders.version`)
    .where(sql<SqlBool>`+shipments.status in ('pending', 'sending', 'uncertain')`)
    .execute();
}

/** Undefined where the provider's code can't make it, or is not there. */
function formOf(
  order: StoredOrder,
  shipmentId: string,
  providers: ReadonlyMap<string, Provider>,
): ProviderForm | undefined {
  const provider = providers.get(order.provider);
  try {
    return provider && providerForm(provider, { ...order, shipmentId }, order.version);
  } catch {
    return undefined;
  }
}
