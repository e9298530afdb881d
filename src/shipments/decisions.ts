import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { CommandError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { Decision, ShipmentStatus } from '../vocabulary.ts';
import { mayBeAccepted } from './doubt.ts';
import { settleEditions } from './editions.ts';
import { applyEvents } from './events.ts';
import { followOrders } from './follow-order.ts';
import { moveShipments } from './transitions.ts';

/** Who decides about a shipment, when and why: kept with it. */
export interface Deciding {
  by: string;
  reason: string;
  nowMs: number;
}

export interface Resolved {
  shipmentId: string;
  status: ShipmentStatus;
  /** Whether events about it can be known by their reference. */
  isTracked: boolean;
  /** Whether its order is active: what waits for one that is not is not sent. */
  isActive: boolean;
}

/**
 * Settles by a person's word whether the provider has a shipment. Sent: it is not sent (again). Not sent: the next run
 * sends it, with its order as it is now, whatever earlier attempts may have come to.
 *
 * @param deciding.trackingNumber - the provider's own name for it; may also be told of a shipment that is settled.
 * @throws CommandError `not_found`, or `usage` where the shipment is being sent or the provider is known to have it.
 */
export async function resolveShipment(
  db: Db,
  providers: ReadonlyMap<string, Provider>,
  shipmentId: string,
  decision: 'sent' | 'not-sent',
  { trackingNumber, ...deciding }: Deciding & { trackingNumber?: string | undefined },
): Promise<Resolved> {
  return db.transaction().execute(async (trx) => {
    const shipment = await trx
      .selectFrom('shipments')
      .select([
        'id',
        'customer_order',
        'claim',
        'status',
        'sent_at',
        'tracking_number',
        'edition',
        'is_current',
      ])
      .select(mayBeAccepted().as('mayBeAccepted'))
      .select(sql<0 | 1>`claim > moved_claim and settled_claim = claim`.as('isSettled'))
      .where('shipment_id', '=', shipmentId)
      .executeTakeFirst();
    if (!shipment) {
      throw new CommandError('not_found', `There is no shipment "${shipmentId}".`, {
        hint: 'See "shipctl status <order>" for the shipments of an order.',
      });
    }
    const { id, claim } = shipment;
    const isNumber =
      trackingNumber !== undefined && shipment.tracking_number === null && shipment.sent_at !== null;
    if (!isNumber) refuseSettled(shipmentId, shipment, decision);
    await recordDecision(trx, shipment, decision, deciding);
    if (isNumber) await moveShipments(trx, 'number', [{ id, claim, tracking_number: trackingNumber }]);
    else if (decision === 'not-sent') {
      await moveShipments(trx, 'resolveNotSent', [{ id, claim }]);
      await followOrders(trx, providers, [shipment.customer_order]);
    } else {
      const sent = { sent_at: deciding.nowMs, tracking_number: trackingNumber ?? null };
      await moveShipments(trx, 'resolveSent', [{ id, claim, ...sent }]);
    }
    if (decision === 'sent') await applyEvents(trx, [id]);
    if (shipment.edition > 1 || shipment.is_current === 0) await settleEditions(trx, [id]);
    const { status, reference, active } = await trx
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select(['status', 'reference', 'active'])
      .where('shipments.id', '=', shipment.id)
      .executeTakeFirstOrThrow();
    return { shipmentId, status, isTracked: reference !== null, isActive: active === 1 };
  });
}

function refuseSettled(
  shipmentId: string,
  {
    status,
    mayBeAccepted,
    isSettled,
    is_current: isCurrent,
  }: { status: ShipmentStatus; mayBeAccepted: number; isSettled: number; is_current: number },
  decision: 'sent' | 'not-sent',
): void {
  switch (status) {
    case 'uncertain':
      return;
    case 'pending':
      // What a person has said may be taken back as long as it is not sent.
      if (mayBeAccepted || (decision === 'sent' && isSettled)) return;
      throw new CommandError(
        'usage',
        `${shipmentId} is waiting to be sent: nothing of it can have arrived.`,
        {
          hint: 'The next run of ship-due sends it. To keep it back, make its order inactive with "shipctl seed".',
        },
      );
    case 'rejected':
      if (mayBeAccepted && (decision === 'sent' || isCurrent)) return;
      throw new CommandError('usage', `${shipmentId} is rejected: its provider does not have it.`, {
        hint: `Correct the order with "shipctl seed", then send it with "shipctl retry ${shipmentId}".`,
      });
    case 'sending':
      throw new CommandError('usage', `${shipmentId} is being sent by a run.`, {
        hint: 'Wait until the run has ended, or its lease if it has crashed, and look at the status again.',
      });
    default:
      throw new CommandError(
        'usage',
        `${shipmentId} is ${status}: its provider has it, there is nothing to resolve.`,
        {
          hint: `See "shipctl status ${shipmentId}".`,
        },
      );
  }
}

export async function recordDecision(
  trx: Db,
  shipment: { id: number; status: ShipmentStatus },
  decision: Decision,
  { by, reason, nowMs }: Deciding,
): Promise<void> {
  await trx
    .insertInto('decisions')
    .values({
      shipment: shipment.id,
      decided_at: nowMs,
      decided_by: by,
      decision,
      reason,
      status_before: shipment.status,
    })
    .execute();
}
