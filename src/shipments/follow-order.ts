import { type Expression, type SqlBool, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsOf } from '../db/rows.ts';
import { ordersOf } from '../orders/queries.ts';
import type { Provider } from '../providers/provider.ts';
import { mayBeAccepted } from './doubt.ts';
import { hasOtherEditions, settleEditions } from './editions.ts';
import { formOrProblem } from './provider-form.ts';
import { type ClaimKey, moveShipments } from './transitions.ts';

/** What became of the shipments of changed orders that were planned and are not with their provider yet. */
export interface Followed {
  /** Planned anew with the order as it is now. */
  corrected: string[];
  /** Never sent: a later due date is, in their place. */
  cancelled: string[];
  /** The same, but they may have arrived: a person finds out. */
  doubted: string[];
  /** Planned with the order as it was, and left so: a request for them may have arrived, or a run has claimed them. */
  kept: string[];
  /** Rejected: nothing that their provider takes can be made of their orders as these are now. */
  refused: string[];
  /** A run has claimed them, and sends them although their order is not active any more. */
  goingOut: string[];
}

export function nothingFollowed(): Followed {
  return { corrected: [], cancelled: [], doubted: [], kept: [], refused: [], goingOut: [] };
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

/** A shipment that is not sent, for a person to look into. */
export interface NotClaimed {
  orderId: string;
  shipmentId: string;
  outcome: 'uncertain' | 'rejected';
  message: string;
}

/**
 * Looks once more at pending shipments that a run has given back or is about to claim: they follow what their orders became
 * while they were claimed or in doubt, and of editions none is sent where a provider has another one.
 *
 * @param shipments - keys.
 */
export async function bringUpToDate(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  shipments: readonly number[],
): Promise<void> {
  if (shipments.length === 0) return;
  const ids = idsOf(shipments);
  await settleEditions(trx, await editionsAmong(trx, ids));
  await follow(trx, providers, sql`shipments.id in ${ids}`);
}

/**
 * The same before they are claimed.
 * @returns those that are still to be sent by the provider that they are claimed for, and those that a person has to see.
 */
export async function lookBeforeClaim<Key extends ClaimKey>(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  provider: string,
  shipments: readonly Key[],
): Promise<{ toSend: Key[]; notClaimed: NotClaimed[] }> {
  if (shipments.length === 0) return { toSend: [], notClaimed: [] };
  const keys = shipments.map(({ id }) => id);
  await bringUpToDate(trx, providers, keys);
  const others = await trx
    .selectFrom('shipments')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .select(['shipments.id', 'shipment_id as shipmentId', 'order_id as orderId', 'status', 'last_error'])
    .where('shipments.id', 'in', idsOf(keys))
    .where(sql<SqlBool>`(+shipments.status <> 'pending' or +shipments.provider <> ${provider})`)
    .execute();
  const gone = new Set(others.map(({ id }) => id));
  return {
    toSend: shipments.filter(({ id }) => !gone.has(id)),
    notClaimed: others.flatMap(({ orderId, shipmentId, status, last_error }) =>
      status === 'uncertain' || status === 'rejected'
        ? { orderId, shipmentId, outcome: status, message: last_error ?? status }
        : [],
    ),
  };
}

/** Of shipments those of whose due date there are several. */
async function editionsAmong(trx: Db, ids: ReturnType<typeof idsOf>): Promise<number[]> {
  const rows = await trx
    .selectFrom('shipments')
    .select('id')
    .where('id', 'in', ids)
    .where(hasOtherEditions, '=', 1)
    .execute();
  return rows.map(({ id }) => id);
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

async function follow(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  which: Expression<unknown>,
  followed?: Followed,
): Promise<void> {
  const behind = await readBehind(trx, which);
  if (behind.length === 0) return;
  const orderOf = await ordersOf(trx, behind);
  for (const shipment of behind) {
    const { id, claim, shipmentId } = shipment;
    const isFree = shipment.isPending === 1 && shipment.mayBeAccepted === 0;
    if (shipment.isMissed === 1 && shipment.isPending === 1) {
      await moveShipments(trx, isFree ? 'cancelMissed' : 'doubtMissed', [{ id, claim, reason: MISSED }]);
      followed?.[isFree ? 'cancelled' : 'doubted'].push(shipmentId);
      continue;
    }
    const order = orderOf(shipment);
    if (!order.active && shipment.isSending === 1) followed?.goingOut.push(shipmentId);
    if (!providers.has(order.provider)) {
      if (isFree && order.provider !== shipment.provider)
        await moveShipments(trx, 'handOver', [{ id, claim, provider: order.provider }]);
      continue;
    }
    const form = formOrProblem(providers, order, shipmentId);
    if ('problem' in form) {
      if (isFree) await moveShipments(trx, 'refuse', [{ id, claim, reason: form.problem }]);
      followed?.[isFree ? 'refused' : 'kept'].push(shipmentId);
      continue;
    }
    if (isFree) await moveShipments(trx, 'correct', [{ id, claim, ...form }]);
    if (form.provider === shipment.provider && form.body === shipment.body) continue;
    followed?.[isFree ? 'corrected' : 'kept'].push(shipmentId);
  }
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
