import { type RawBuilder, sql } from 'kysely';

/** Of the `shipments` row at hand: 1 where an attempt ended without an answer and nobody has found out since. */
export function mayBeAccepted(): RawBuilder<number> {
  return sql<number>`exists (select 1 from attempts where shipment = shipments.id
    and attempts.claim > shipments.settled_claim and outcome in ('unanswered', 'interrupted'))`;
}
