import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsTable } from '../db/rows.ts';
import type { ShipmentStatus } from '../vocabulary.ts';
import { mayBeAccepted } from './doubt.ts';
import { moveShipments } from './transitions.ts';

/** Of the `shipments` row at hand: 1 where its due date has other editions. */
export const hasOtherEditions = sql<number>`exists (select 1 from shipments as edition
  where edition.customer_order = shipments.customer_order and edition.due_on = shipments.due_on and edition.id <> shipments.id)`;

interface Edition {
  id: number;
  claim: number;
  shipmentId: string;
  dueDate: string;
  status: ShipmentStatus;
  sentAt: number | null;
  isCurrent: 0 | 1;
  begun: 0 | 1;
  mayBeAccepted: number;
}

/**
 * Where a provider turns out to have one edition of a due date, none of the others is sent: one of which surely nothing
 * has arrived is cancelled, also when it is claimed and its request has not begun; one that may have arrived is left to a
 * person. The newest edition that the provider has counts.
 *
 * @param shipmentIds - keys of shipments that may have been proven sent, or tried again meanwhile.
 */
export async function settleEditions(trx: Db, shipmentIds: readonly number[]): Promise<void> {
  if (shipmentIds.length === 0) return;
  const { rows } = await sql<Edition>`
    select shipments.id, shipments.claim, shipments.shipment_id as "shipmentId",
      shipments.customer_order || ' ' || shipments.due_on as "dueDate", shipments.status, shipments.sent_at as "sentAt",
      shipments.is_current as "isCurrent", shipments.begun_claim = shipments.claim as begun,
      ${mayBeAccepted()} as "mayBeAccepted"
    from (select distinct customer_order, due_on
        from ${idsTable('affected', shipmentIds)} join shipments as one on one.id = affected.id) as due
      join shipments on shipments.customer_order = due.customer_order and shipments.due_on = due.due_on
    order by shipments.edition
  `.execute(trx);
  for (const dueDate of new Set(rows.map((edition) => edition.dueDate))) {
    await settle(
      trx,
      rows.filter((edition) => edition.dueDate === dueDate),
    );
  }
}

async function settle(trx: Db, editions: readonly Edition[]): Promise<void> {
  const sent = editions.findLast(({ sentAt }) => sentAt !== null);
  if (!sent || editions.length === 1) return;
  const reason = `cancelled: the provider has ${sent.shipmentId}`;
  const others = editions.filter(({ sentAt }) => sentAt === null);
  const inDoubt = others.filter((edition) => edition.status === 'pending' && edition.mayBeAccepted === 1);
  const unsent = others.filter(
    ({ status, begun, mayBeAccepted }) =>
      mayBeAccepted === 0 && (status === 'pending' || (status === 'sending' && begun === 0)),
  );
  await moveShipments(
    trx,
    'cancelEdition',
    unsent.map(({ id, claim }) => ({ id, claim, reason })),
  );
  await moveShipments(
    trx,
    'doubtEdition',
    inDoubt.map(({ id, claim }) => ({
      id,
      claim,
      reason: `the provider has ${sent.shipmentId}, and may have this one too`,
    })),
  );
  if (sent.isCurrent === 1) return;
  await moveShipments(
    trx,
    'supersede',
    editions.filter(({ isCurrent }) => isCurrent === 1),
  );
  await moveShipments(trx, 'reinstate', [sent]);
}
