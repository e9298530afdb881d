import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { CommandError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { Decision, ShipmentStatus } from '../vocabulary.ts';
import { mayBeAccepted } from './doubt.ts';
import { hasOtherEditions, settleEditions } from './editions.ts';
import { applyEvents, takeEventsBack } from './events.ts';
import { readHints } from './evidence.ts';
import { bringUpToDate } from './follow-order.ts';
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
  /** Why it is not sent, or was not when it was tried last. */
  lastError: string | null;
  /** Another shipment of the provider that has the same tracking number. */
  sharesNumberWith: string | null;
}

/**
 * Settles by a person's word whether the provider has a shipment. Sent: it is not sent (again). Not sent: the next run
 * sends it, with its order as it is now, whatever earlier attempts may have come to.
 *
 * @param deciding.trackingNumber - the provider's own name for it; may also be told of a shipment that is settled, unless the
 * provider has given one itself.
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
    const found = await findShipment(trx, shipmentId);
    const shipment = decision === 'not-sent' ? await withoutWrongNumber(trx, found) : found;
    const { id, claim } = shipment;
    const isNumber = trackingNumber !== undefined && shipment.sentAt !== null && isNumberOpen(shipment);
    if (!isNumber) refuseSettled(shipment, decision);
    if (decision === 'not-sent' && shipment.status === 'sent') await refuseTold(trx, shipment);
    await recordDecision(trx, shipment, decision, deciding);
    if (isNumber) {
      await moveShipments(trx, 'number', [{ id, claim, tracking_number: trackingNumber }]);
      if (shipment.trackingNumber !== null) await takeEventsBack(trx, id, shipment.trackingNumber);
    } else if (decision === 'not-sent') {
      await moveShipments(trx, 'resolveNotSent', [{ id, claim }]);
      await bringUpToDate(trx, providers, [id]);
    } else {
      const sent = { sent_at: deciding.nowMs, tracking_number: trackingNumber ?? null };
      await moveShipments(trx, 'resolveSent', [{ id, claim, ...sent }]);
    }
    if (decision === 'sent') {
      await applyEvents(trx, [id]);
      if (shipment.hasEditions === 1) await settleEditions(trx, [id]);
    }
    return readResolved(trx, id);
  });
}

interface Found {
  id: number;
  claim: number;
  shipmentId: string;
  status: ShipmentStatus;
  sentAt: number | null;
  trackingNumber: string | null;
  isCurrent: number;
  hasEditions: number;
  /** An attempt may have arrived, and nobody has found out since. */
  mayBeAccepted: number;
  /** An attempt may have arrived, whatever a person has said since. */
  mayBeAcceptedAtAll: number;
  /** The provider itself has answered that it took it. */
  isAnswered: number;
  /** Another shipment of the provider has the same tracking number. */
  sharesNumber: number;
  /** What a person decided last; null where nobody did. */
  decided: Decision | null;
}

async function findShipment(trx: Db, shipmentId: string): Promise<Found> {
  const shipment = await trx
    .selectFrom('shipments')
    .select(['id', 'claim', 'shipment_id as shipmentId', 'status', 'sent_at as sentAt'])
    .select(['tracking_number as trackingNumber', 'is_current as isCurrent'])
    .select([
      hasOtherEditions.as('hasEditions'),
      mayBeAccepted().as('mayBeAccepted'),
      sql<number>`exists (select 1 from attempts where shipment = shipments.id
        and outcome in ('accepted', 'unanswered', 'interrupted'))`.as('mayBeAcceptedAtAll'),
      sql<number>`exists (select 1 from attempts where shipment = shipments.id
        and attempts.claim > moved_claim and outcome = 'accepted')`.as('isAnswered'),
      sql<number>`exists (select 1 from shipments as other where other.tracking_number = shipments.tracking_number
        and other.provider = shipments.provider and other.id <> shipments.id)`.as('sharesNumber'),
      sql<Decision | null>`(select decision from decisions where shipment = shipments.id order by id desc limit 1)`.as(
        'decided',
      ),
    ])
    .where('shipment_id', '=', shipmentId)
    .executeTakeFirst();
  if (shipment) return shipment;
  throw new CommandError('not_found', `There is no shipment "${shipmentId}".`, {
    hint: 'See "shipctl status <order>" for the shipments of an order.',
  });
}

/** A number that a person told, and that is another parcel's, says nothing: its events go back to that one. */
async function withoutWrongNumber(trx: Db, shipment: Found): Promise<Found> {
  const { id, claim, shipmentId, trackingNumber, sharesNumber, isAnswered } = shipment;
  if (trackingNumber === null || sharesNumber === 0 || isAnswered === 1) return shipment;
  await moveShipments(trx, 'number', [{ id, claim, tracking_number: null }]);
  await takeEventsBack(trx, id, trackingNumber);
  return findShipment(trx, shipmentId);
}

/** @throws CommandError `usage` where the provider has told of it, in whatever words. */
async function refuseTold(trx: Db, { id, shipmentId }: Found): Promise<void> {
  const told = (await readHints(trx, [id])).get(id);
  if (told === undefined) return;
  throw new CommandError('usage', `${shipmentId} is sent: its provider has told of it (${told}).`, {
    hint: `See "shipctl status ${shipmentId}". Is its tracking number another parcel's? Then tell the right one with --sent --tracking-number.`,
  });
}

/** A number that the provider did not give itself may be told, and told again. */
function isNumberOpen({ trackingNumber, isAnswered }: Found): boolean {
  return trackingNumber === null || isAnswered === 0;
}

async function readResolved(trx: Db, id: number): Promise<Resolved> {
  const { active, reference, ...resolved } = await trx
    .selectFrom('shipments')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .select(['shipment_id as shipmentId', 'status', 'reference', 'active', 'last_error as lastError'])
    .select((eb) =>
      eb
        .selectFrom('shipments as other')
        .select('other.shipment_id')
        .whereRef('other.tracking_number', '=', 'shipments.tracking_number')
        .whereRef('other.provider', '=', 'shipments.provider')
        .whereRef('other.id', '<>', 'shipments.id')
        .limit(1)
        .as('sharesNumberWith'),
    )
    .where('shipments.id', '=', id)
    .executeTakeFirstOrThrow();
  return { ...resolved, isTracked: reference !== null, isActive: active === 1 };
}

function refuseSettled(shipment: Found, decision: 'sent' | 'not-sent'): void {
  const { shipmentId, status, decided } = shipment;
  if (status === 'sending') {
    throw new CommandError('usage', `${shipmentId} is being sent by a run.`, {
      hint: 'Wait until the run has ended. If it has crashed, the next run of ship-due that knows its provider takes it over.',
    });
  }
  const see = `See "shipctl status ${shipmentId}".`;
  if (decision === 'sent' ? maySaySent(shipment) : maySayNotSent(shipment)) return;
  if (shipment.sentAt !== null) {
    const isSaid = decided === 'sent' && status === 'sent' && shipment.isAnswered === 0;
    const said = `as a person has said${shipment.hasEditions === 1 ? ', and that settled the other editions' : ''}`;
    const who = isSaid ? said : 'its provider has it';
    throw new CommandError('usage', `${shipmentId} is ${status}: ${who}, there is nothing to resolve.`, {
      hint: see,
    });
  }
  if (shipment.isCurrent === 0) {
    throw new CommandError('usage', `${shipmentId} is ${status}: another shipment stands in its place.`, {
      hint: see,
    });
  }
  switch (status) {
    case 'pending':
      throw new CommandError(
        'usage',
        shipment.mayBeAcceptedAtAll
          ? `${shipmentId} is waiting to be sent, as a person has said.`
          : `${shipmentId} is waiting to be sent: nothing of it can have arrived.`,
        {
          hint: 'The next run of ship-due sends it. To keep it back, make its order inactive with "shipctl seed".',
        },
      );
    case 'rejected':
      throw new CommandError('usage', `${shipmentId} is rejected: its provider does not have it.`, {
        hint: `Correct the order with "shipctl seed", then send it with "shipctl retry ${shipmentId}".`,
      });
    default:
      throw new CommandError('usage', `${shipmentId} is ${status}: there is nothing to resolve.`, {
        hint: see,
      });
  }
}

function maySaySent({ status, sentAt, mayBeAcceptedAtAll }: Found): boolean {
  return status === 'uncertain' || (sentAt === null && mayBeAcceptedAtAll === 1);
}

/** What a person has said may be taken back as long as nobody else has said it. */
function maySayNotSent(shipment: Found): boolean {
  const { status, mayBeAccepted, isCurrent, isAnswered, hasEditions, decided } = shipment;
  switch (status) {
    case 'uncertain':
      return true;
    case 'pending':
      return mayBeAccepted === 1;
    case 'rejected':
      return mayBeAccepted === 1 && isCurrent === 1;
    case 'sent':
      // What was said of one edition has settled the others.
      return decided === 'sent' && isAnswered === 0 && hasEditions === 0;
    default:
      return false;
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
