import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import type { Decision } from '../db/tables.ts';
import { CommandError } from '../errors.ts';
import { cancelReplacements } from './cancel-replacements.ts';
import { applyEvents } from './events.ts';
import type { ShipmentStatus } from './status.ts';

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
}

/**
 * Settles by a person's word whether the provider has a shipment. Sent: it is not sent (again). Not sent: the next run
 * sends it, whatever earlier attempts may have come to.
 *
 * @param deciding.trackingNumber - the provider's own name for it; may also be told of a shipment that is settled.
 * @throws CommandError `not_found`, or `usage` where the shipment is being sent or the provider is known to have it.
 */
export async function resolveShipment(
  db: Db,
  shipmentId: string,
  decision: 'sent' | 'not-sent',
  { trackingNumber, ...deciding }: Deciding & { trackingNumber?: string | undefined },
): Promise<Resolved> {
  return db.transaction().execute(async (trx) => {
    const shipment = await trx
      .selectFrom('shipments')
      .select(['id', 'status', 'sent_at', 'tracking_number', mayBeAccepted().as('mayBeAccepted')])
      .where('shipment_id', '=', shipmentId)
      .executeTakeFirst();
    if (!shipment) {
      throw new CommandError('not_found', `There is no shipment "${shipmentId}".`, {
        hint: 'See "shipctl status <order>" for the shipments of an order.',
      });
    }
    const isNews =
      trackingNumber !== undefined && shipment.tracking_number === null && shipment.sent_at !== null;
    if (!isNews) refuseSettled(shipmentId, shipment.status, shipment.mayBeAccepted === 1, decision);
    await recordDecision(trx, shipment, decision, deciding);
    const settled = {
      settled_claim: sql<number>`claim`,
      crash_count: 0,
      next_attempt_at: null,
      last_error: null,
    };
    await trx
      .updateTable('shipments')
      .set(
        decision === 'sent'
          ? {
              status: isNews ? shipment.status : 'sent',
              sent_at: shipment.sent_at ?? deciding.nowMs,
              tracking_number: trackingNumber ?? shipment.tracking_number,
              ...settled,
            }
          : { status: 'pending', run: null, ...settled },
      )
      .where('id', '=', shipment.id)
      .execute();
    if (decision === 'sent') {
      await applyEvents(trx, [shipment.id]);
      await cancelReplacements(trx, [shipment.id]);
    }
    const { status, reference } = await trx
      .selectFrom('shipments')
      .select(['status', 'reference'])
      .where('id', '=', shipment.id)
      .executeTakeFirstOrThrow();
    return { shipmentId, status, isTracked: reference !== null };
  });
}

function refuseSettled(
  shipmentId: string,
  status: ShipmentStatus,
  mayBeAccepted: boolean,
  decision: 'sent' | 'not-sent',
): void {
  switch (status) {
    case 'uncertain':
      return;
    case 'pending':
      if (mayBeAccepted) return;
      throw new CommandError(
        'usage',
        `${shipmentId} is waiting to be sent: nothing of it can have arrived.`,
        {
          hint: 'The next run of ship-due sends it. To keep it back, make its order inactive with "shipctl seed".',
        },
      );
    case 'rejected':
      if (decision === 'sent' && mayBeAccepted) return;
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

/** Of the `shipments` row at hand: 1 where an attempt ended without an answer and nobody has found out since. */
export function mayBeAccepted(): RawBuilder<number> {
  return sql<number>`exists (select 1 from attempts where shipment = shipments.id
    and attempts.claim > shipments.settled_claim and outcome in ('unanswered', 'interrupted'))`;
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
