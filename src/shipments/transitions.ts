import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { rowsTable } from '../db/rows.ts';
import { type PendingFor, SHIPMENT_STATUSES, type ShipmentStatus } from '../vocabulary.ts';

/**
 * Every change of a shipment's state, and the only place that writes one.
 *
 * Each transition is one statement for any number of shipments. It moves those that still are in a state in which it may
 * start, under the claim number that whoever asks for it knows: a shipment that was claimed since, by whomever, is left as
 * it is. What is moved is returned; what is not is nobody's mistake, and the caller decides what that means.
 */
const TRANSITIONS = {
  claim: {
    does: "A run takes a shipment that is any run's, or its own to try again",
    from: ['pending'],
    to: ['sending'],
    columns: { run: 'integer' },
    set: "status = 'sending', pending_for = null, next_attempt_at = null, run = moved.run, claim = shipments.claim + 1",
  },
  begin: {
    does: 'A request for a later edition begins, which nobody can cancel from now on: no provider has another edition',
    from: ['sending'],
    to: 'same',
    columns: {},
    set: 'begun_claim = shipments.claim',
    onlyIf: `not exists (select 1 from shipments as other where other.customer_order = shipments.customer_order
      and other.due_on = shipments.due_on and other.sent_at is not null)`,
  },
  release: {
    does: 'A run gives back what it claimed and has not sent, or wanted to try again',
    from: ['sending', 'pending'],
    to: ['pending'],
    columns: {},
    set: "status = 'pending', pending_for = 'released', next_attempt_at = null, run = null",
  },
  giveUp: {
    does: 'A run does not wait for its next attempt any more',
    from: ['pending'],
    to: 'same',
    columns: {},
    set: "pending_for = 'given-up', next_attempt_at = null",
  },
  record: {
    does: 'What came of a request is known; the process lived through it',
    from: ['sending'],
    to: ['sent', 'rejected', 'uncertain', 'pending'],
    columns: {
      status: 'text',
      pending_for: 'text',
      next_attempt_at: 'integer',
      sent_at: 'integer',
      error: 'text',
      tracking_number: 'text',
    },
    set: `status = moved.status, pending_for = moved.pending_for, next_attempt_at = moved.next_attempt_at,
      sent_at = moved.sent_at, last_error = moved.error, crash_count = 0,
      tracking_number = coalesce(moved.tracking_number, shipments.tracking_number)`,
  },
  acceptLate: {
    does: 'An answer that came after the claim was lost: that the provider has accepted is true whoever asked',
    from: ['pending', 'sending', 'rejected', 'uncertain', 'cancelled'],
    to: ['sent'],
    columns: { sent_at: 'integer', tracking_number: 'text' },
    set: `status = 'sent', pending_for = null, next_attempt_at = null, sent_at = moved.sent_at, last_error = null,
      tracking_number = coalesce(moved.tracking_number, shipments.tracking_number)`,
  },
  rescue: {
    does: 'The process died while it held the shipment: any run may claim it',
    from: ['sending', 'pending'],
    to: ['pending'],
    columns: { crashes: 'integer' },
    set: `status = 'pending', pending_for = 'released', next_attempt_at = null, run = null,
      crash_count = shipments.crash_count + moved.crashes`,
  },
  doubt: {
    does: 'The process died while it held the shipment, and sending it again is no way to find out',
    from: ['sending'],
    to: ['uncertain'],
    columns: { error: 'text' },
    set: "status = 'uncertain', last_error = moved.error, crash_count = shipments.crash_count + 1",
  },
  track: {
    does: 'The provider tells what becomes of the parcel, and so that it has it',
    from: [
      'sent',
      'pending',
      'sending',
      'uncertain',
      'rejected',
      'cancelled',
      'waiting-for-collection',
      'in-transit',
      'delivered',
      'failed-to-deliver',
    ],
    to: ['sent', 'waiting-for-collection', 'in-transit', 'delivered', 'failed-to-deliver'],
    columns: { status: 'text', status_at: 'integer', sent_at: 'integer' },
    set: `status = moved.status, status_at = moved.status_at, pending_for = null, next_attempt_at = null, last_error = null,
      sent_at = coalesce(shipments.sent_at, moved.sent_at)`,
  },
  resolveSent: {
    does: 'A person says that the provider has it',
    from: ['uncertain', 'pending', 'rejected', 'cancelled'],
    to: ['sent'],
    columns: { sent_at: 'integer', tracking_number: 'text' },
    set: `status = 'sent', pending_for = null, next_attempt_at = null, sent_at = moved.sent_at, last_error = null,
      crash_count = 0, settled_claim = shipments.claim,
      tracking_number = coalesce(moved.tracking_number, shipments.tracking_number)`,
  },
  resolveNotSent: {
    does: 'A person says that the provider does not have it: it is sent, whatever earlier attempts may have come to',
    from: ['uncertain', 'pending', 'rejected', 'sent'],
    to: ['pending'],
    columns: {},
    set: `status = 'pending', pending_for = 'released', next_attempt_at = null, run = null, last_error = null,
      sent_at = null, crash_count = 0, settled_claim = shipments.claim,
      tracking_number = case when shipments.status = 'sent' then null else shipments.tracking_number end`,
  },
  number: {
    does: "A person tells the provider's own name for a shipment that it has",
    from: ['sent', 'waiting-for-collection', 'in-transit', 'delivered', 'failed-to-deliver'],
    to: 'same',
    columns: { tracking_number: 'text' },
    set: 'tracking_number = moved.tracking_number, settled_claim = shipments.claim',
  },
  retry: {
    does: 'A rejected shipment that its provider surely does not have is planned anew, with its order as it is now',
    from: ['rejected'],
    to: ['pending'],
    columns: { provider: 'text', tracked_by_number: 'integer', body: 'text', order_version: 'integer' },
    set: `status = 'pending', pending_for = 'released', run = null, last_error = null, crash_count = 0,
      tracking_number = null,
      moved_claim = case when moved.provider = shipments.provider then shipments.moved_claim else shipments.claim end,
      provider = moved.provider, tracked_by_number = moved.tracked_by_number, body = moved.body,
      order_version = moved.order_version`,
  },
  correct: {
    does: 'Its order was corrected before anything of it can have arrived',
    from: ['pending'],
    to: 'same',
    columns: { provider: 'text', tracked_by_number: 'integer', body: 'text', order_version: 'integer' },
    set: `moved_claim = case when moved.provider = shipments.provider then shipments.moved_claim else shipments.claim end,
      provider = moved.provider, tracked_by_number = moved.tracked_by_number, body = moved.body,
      order_version = moved.order_version`,
  },
  supersede: {
    does: 'Another edition of the same due date counts in its place',
    from: SHIPMENT_STATUSES,
    to: 'same',
    columns: {},
    set: 'is_current = 0',
  },
  reinstate: {
    does: 'Of the editions of its due date it is the one that counts, since its provider has it',
    from: ['sent', 'waiting-for-collection', 'in-transit', 'delivered', 'failed-to-deliver'],
    to: 'same',
    columns: {},
    set: 'is_current = 1',
  },
  cancelEdition: {
    does: 'A later edition of which surely nothing has arrived, while the provider has another one: it is never sent',
    from: ['pending', 'sending', 'uncertain'],
    to: ['cancelled'],
    columns: { reason: 'text' },
    set: `status = 'cancelled', pending_for = null, next_attempt_at = null, run = null, last_error = moved.reason`,
    onlyIf: "(shipments.status <> 'sending' or shipments.begun_claim < shipments.claim)",
  },
  doubtEdition: {
    does: 'An edition that may have arrived, while the provider has another one: sending it again is no way to find out',
    from: ['pending'],
    to: ['uncertain'],
    columns: { reason: 'text' },
    set: `status = 'uncertain', pending_for = null, next_attempt_at = null, last_error = moved.reason`,
  },
  handOver: {
    does: 'Its order moved to a provider that is not known here: it waits for a run that knows it, which makes its body anew',
    from: ['pending'],
    to: 'same',
    columns: { provider: 'text' },
    set: 'moved_claim = shipments.claim, provider = moved.provider',
  },
  refuse: {
    does: 'Its order was changed into what can not be sent, before anything of it can have arrived',
    from: ['pending'],
    to: ['rejected'],
    columns: { reason: 'text' },
    set: `status = 'rejected', pending_for = null, next_attempt_at = null, run = null, last_error = moved.reason`,
  },
  doubtMissed: {
    does: 'It may have arrived, and its order was not active until later due dates had come: the latest of them is shipped',
    from: ['pending'],
    to: ['uncertain'],
    columns: { reason: 'text' },
    set: `status = 'uncertain', pending_for = null, next_attempt_at = null, last_error = moved.reason`,
  },
  cancelMissed: {
    does: 'Surely nothing of it has arrived, and its order was not active until later due dates had come',
    from: ['pending'],
    to: ['cancelled'],
    columns: { reason: 'text' },
    set: `status = 'cancelled', pending_for = null, next_attempt_at = null, run = null, last_error = moved.reason`,
  },
} as const satisfies Record<string, Transition>;

interface Transition {
  /** For people. */
  does: string;
  from: readonly ShipmentStatus[];
  /** `same` where the status stays what it is. */
  to: readonly ShipmentStatus[] | 'same';
  /** What each shipment is given besides. */
  columns: Readonly<Record<string, 'integer' | 'text'>>;
  /** The text of the statement: nothing of it comes from outside. */
  set: string;
  onlyIf?: string;
}

export type TransitionName = keyof typeof TRANSITIONS;

/** Each transition with the states that it leads from and to, for the diagram and the tests. */
export const TRANSITION_TABLE: Readonly<Record<TransitionName, Pick<Transition, 'does' | 'from' | 'to'>>> =
  TRANSITIONS;

type Values<Columns> = {
  [Name in keyof Columns]: (Columns[Name] extends 'integer' ? number : string) | null;
};

/** A shipment, by its key and the claim number that it is known to have. */
export interface ClaimKey {
  id: number;
  claim: number;
}

/** @returns the keys of the shipments that were moved. To be called in a transaction, with the write lock held. */
export async function moveShipments<Name extends TransitionName>(
  trx: Db,
  name: Name,
  shipments: readonly (ClaimKey & Values<(typeof TRANSITIONS)[Name]['columns']>)[],
): Promise<number[]> {
  if (shipments.length === 0) return [];
  const { from, columns, set, onlyIf }: Transition = TRANSITIONS[name];
  const moved = rowsTable('moved', { id: 'integer', claim: 'integer', ...columns }, shipments);
  // Without the plus SQLite would rather walk a partial index of the state than look at the rows that are named.
  const { rows } = await sql<{ id: number }>`
    update shipments set ${sql.raw(set)} from ${moved}
    where shipments.id = moved.id and shipments.claim = moved.claim
      and +shipments.status in (${sql.raw(from.map((status) => `'${status}'`).join(', '))})
      and ${sql.raw(onlyIf ?? 'true')}
    returning shipments.id
  `.execute(trx);
  return rows.map(({ id }) => id);
}

export interface NewShipment {
  customer_order: number;
  due_on: string;
  shipment_id: string;
  body: string;
  skipped_periods: number;
}

/**
 * Plans shipments of one provider and claims them for a run at once.
 * @returns the new rows' keys by customer order; one that is missing collides with a shipment that exists.
 */
export async function planShipments(
  trx: Db,
  { provider, trackedByNumber, run }: { provider: string; trackedByNumber: 0 | 1; run: number },
  shipments: readonly NewShipment[],
): Promise<ReadonlyMap<number, number>> {
  if (shipments.length === 0) return new Map();
  const columns = {
    customer_order: 'integer',
    due_on: 'text',
    shipment_id: 'text',
    body: 'text',
    skipped_periods: 'integer',
  } as const;
  const { rows } = await sql<{ id: number; customer_order: number }>`
    insert into shipments (customer_order, due_on, shipment_id, provider, tracked_by_number, body, order_version,
      status, skipped_periods, claim, run)
    select planned.customer_order, planned.due_on, planned.shipment_id, ${provider}, ${trackedByNumber}, planned.body,
      customer_orders.version, 'sending', planned.skipped_periods, 1, ${run}
    from ${rowsTable('planned', columns, shipments)} join customer_orders on customer_orders.id = planned.customer_order
    where true on conflict do nothing
    returning id, customer_order
  `.execute(trx);
  return new Map(rows.map(({ id, customer_order }) => [customer_order, id]));
}

/** A later edition of a due date, in place of one that its provider rejected and may have all the same. */
export async function planEdition(
  trx: Db,
  edition: NewShipment & {
    provider: string;
    tracked_by_number: 0 | 1;
    order_version: number;
    edition: number;
  },
): Promise<void> {
  const released: PendingFor = 'released';
  await trx
    .insertInto('shipments')
    .values({ ...edition, status: 'pending', pending_for: released, claim: 0, run: null, sent_at: null })
    .execute();
}
