import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { idsOf, unindexed } from '../../db/rows.ts';
import type { Tables } from '../../db/tables.ts';
import type { Provider } from '../../providers/provider.ts';
import { mayBeAccepted } from '../../shipments/doubt.ts';
import { settleEditions } from '../../shipments/editions.ts';
import { lookBeforeClaim, type NotClaimed } from '../../shipments/follow-order.ts';
import { type ClaimKey, moveShipments } from '../../shipments/transitions.ts';
import type { ShippingInterval } from '../../vocabulary.ts';

/** A shipment that is this run's to send, and nobody else's until its lease ends. */
export interface ClaimedShipment {
  id: number;
  /** Which claim of the shipment this is: what becomes of it is recorded against this number. */
  claim: number;
  orderId: string;
  shipmentId: string;
  body: string;
  /** Attempts of this run that failed already. */
  failedAttempts: number;
  /** An earlier attempt ended without an answer, and nobody has found out since. */
  mayBeAccepted: boolean;
  /** From 2 on: planned in place of a rejected one, and cancelled should the provider turn out to have that. */
  edition: number;
  /** Of the run, when it claimed: see `Run.holds`. */
  leaseEpoch: number;
}

/** What came of claiming. */
export interface Claimed {
  claimed: ClaimedShipment[];
  /** What was not claimed since a person has to see to it. */
  notClaimed: NotClaimed[];
}

/** Who claims for whom. */
export interface Claimant {
  /** Key of the run. */
  run: number;
  leaseEpoch: number;
  provider: string;
  /** Only orders of these intervals. */
  intervals: readonly ShippingInterval[];
  /** The date that counts as today: what an earlier run planned for a later one waits until then. */
  asOf: string;
}

type Providers = ReadonlyMap<string, Provider>;

/** A shipment whose process died this often while it was being sent is sent last and alone. */
export const QUARANTINE_AFTER = 2;

/**
 * Claims what earlier runs gave back or gave up, in the order of ids after `afterId`.
 * @param pass.failed - those of which the last attempt failed, or the others.
 * @param pass.givenBack - only what its run gave back, and not what it gave up.
 */
export async function claimBacklog(
  db: Db,
  providers: Providers,
  claimant: Claimant,
  {
    failed,
    givenBack,
    afterId,
    limit,
  }: { failed: boolean; givenBack: boolean; afterId: number; limit: number },
) {
  return db.transaction().execute(async (trx) => {
    const left = trx
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select(['shipments.id', 'shipments.claim'])
      .where(isReleasedOrGivenUp)
      .where('shipments.crash_count', '<', QUARANTINE_AFTER)
      .where('shipments.last_error', failed ? 'is not' : 'is', null)
      // What it has given up itself is for the next run.
      .where('shipments.run', givenBack ? 'is' : 'is not', givenBack ? null : claimant.run)
      .where('shipments.provider', '=', claimant.provider)
      .where('shipments.id', '>', afterId)
      .where('customer_orders.shipping_interval', 'in', claimant.intervals)
      .where('customer_orders.active', '=', 1)
      .where('shipments.due_on', '<=', claimant.asOf)
      .orderBy('shipments.id')
      .limit(limit);
    return claimFound(trx, providers, claimant, left);
  });
}

/** Claims what a query of pending shipments finds, as many as it asks for: those that turn out to be no more to send don't count. */
async function claimFound(
  trx: Db,
  providers: Providers,
  claimant: Claimant,
  query: { execute(): Promise<ClaimKey[]> },
): Promise<Claimed> {
  const all: NotClaimed[] = [];
  for (;;) {
    const found = await query.execute();
    const { toSend, notClaimed } = await lookBeforeClaim(trx, providers, claimant.provider, found);
    all.push(...notClaimed);
    if (toSend.length === found.length)
      return { claimed: await claim(trx, claimant, toSend), notClaimed: all };
  }
}

/** What no run holds: to be sent by whichever comes next. */
export function isReleasedOrGivenUp(shipment: ExpressionBuilder<Tables, 'shipments'>): Expression<SqlBool> {
  return shipment.and([
    shipment('shipments.status', '=', sql.lit('pending')),
    shipment('shipments.pending_for', 'in', ['released', 'given-up']),
  ]);
}

/** Claims what this run wants to try again and whose pause is over. */
export async function claimRetries(
  db: Db,
  providers: Providers,
  claimant: Claimant,
  nowMs: number,
  limit: number,
): Promise<Claimed> {
  // Most of the time there is nothing: then no lock is taken.
  const next = await nextRetryAt(db, claimant);
  if (next === null || next > nowMs) return { claimed: [], notClaimed: [] };
  return db.transaction().execute(async (trx) => {
    const waiting = await trx
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select(['shipments.id', 'shipments.claim', 'customer_orders.active'])
      .where('shipments.status', '=', sql.lit('pending'))
      .where('shipments.run', '=', claimant.run)
      .where('shipments.provider', '=', claimant.provider)
      .where('shipments.next_attempt_at', '<=', nowMs)
      .orderBy('shipments.next_attempt_at')
      .limit(limit)
      .execute();
    const paused = waiting.filter(({ active }) => active === 0);
    await moveShipments(trx, 'giveUp', paused);
    const ready = waiting.filter(({ active }) => active === 1);
    const { toSend, notClaimed } = await lookBeforeClaim(trx, providers, claimant.provider, ready);
    return { claimed: await claim(trx, claimant, toSend), notClaimed };
  });
}

/** When the next of this run's retries is due; null where none is waiting. */
export async function nextRetryAt(db: Db, { run, provider }: Claimant): Promise<number | null> {
  const next = await db
    .selectFrom('shipments')
    .select('next_attempt_at as at')
    .where('status', '=', sql.lit('pending'))
    .where('run', '=', run)
    .where('provider', '=', provider)
    .where('next_attempt_at', 'is not', null)
    .orderBy('next_attempt_at')
    .limit(1)
    .executeTakeFirst();
  return next?.at ?? null;
}

/** Claims one shipment that the process may have died of, if there is one left to any run. */
export async function claimQuarantined(db: Db, providers: Providers, claimant: Claimant) {
  return db.transaction().execute(async (trx) => {
    const quarantined = trx
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select(['shipments.id', 'shipments.claim'])
      .where(isReleasedOrGivenUp)
      .where('shipments.crash_count', '>=', sql.lit(QUARANTINE_AFTER))
      .where('shipments.provider', '=', claimant.provider)
      .where('customer_orders.shipping_interval', 'in', claimant.intervals)
      .where('customer_orders.active', '=', 1)
      .where('shipments.due_on', '<=', claimant.asOf)
      .orderBy('shipments.id')
      .limit(1);
    return claimFound(trx, providers, claimant, quarantined);
  });
}

/** Makes shipments the claimant's, with a new claim number each, as they are now. To be called with the write lock held. */
export async function claim(
  trx: Db,
  claimant: Claimant,
  shipments: readonly ClaimKey[],
): Promise<ClaimedShipment[]> {
  const moved = await moveShipments(
    trx,
    'claim',
    shipments.map(({ id, claim }) => ({ id, claim, run: claimant.run })),
  );
  if (moved.length === 0) return [];
  const claimed = await trx
    .selectFrom('shipments')
    .select([
      'id',
      'claim',
      'shipment_id as shipmentId',
      'body',
      'edition',
      sql<string>`(select order_id from customer_orders where id = shipments.customer_order)`.as('orderId'),
      sql<number>`(select count(*) from attempts where shipment = shipments.id and run = ${claimant.run})`.as(
        'failedAttempts',
      ),
      mayBeAccepted().as('mayBeAccepted'),
    ])
    .where('id', 'in', idsOf(moved))
    .execute();
  return claimed.map((shipment) => ({
    ...shipment,
    mayBeAccepted: shipment.mayBeAccepted === 1,
    leaseEpoch: claimant.leaseEpoch,
  }));
}

/** Leaves to any run what was claimed and is not to be sent; what is not the run's any more stays as it is. */
export async function unclaim(db: Db, claims: readonly ClaimKey[]): Promise<void> {
  await db.transaction().execute((trx) => moveShipments(trx, 'release', claims));
}

/**
 * Whether a claim that others may end still stands, just before its request begins: another edition of the due date, or
 * an event, may have told meanwhile that the provider has it. A later edition can't be cancelled after that.
 */
export async function confirmClaim(
  db: Db,
  { id, claim, edition }: Pick<ClaimedShipment, 'id' | 'claim' | 'edition'>,
): Promise<boolean> {
  if (edition > 1) {
    return db.transaction().execute(async (trx) => {
      const begun = await moveShipments(trx, 'begin', [{ id, claim }]);
      if (begun.length > 0) return true;
      await moveShipments(trx, 'release', [{ id, claim }]);
      await settleEditions(trx, [id]);
      return false;
    });
  }
  const mine = await db
    .selectFrom('shipments')
    .select('id')
    .where('id', '=', id)
    .where('claim', '=', claim)
    .where(unindexed('status'), '=', 'sending')
    .executeTakeFirst();
  return mine !== undefined;
}
