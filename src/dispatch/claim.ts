import { type ExpressionBuilder, sql } from 'kysely';
import type { Db } from '../db/open.ts';
import type { ShippingInterval, Tables } from '../db/tables.ts';

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
  /** Of the run, when it claimed: see `Run.hold`. */
  hold: number;
}

/** Who claims for whom. */
export interface Claimant {
  /** Key of the run. */
  run: number;
  hold: number;
  provider: string;
  /** Only orders of these intervals. */
  intervals: readonly ShippingInterval[];
}

/**
 * Takes over what earlier runs had claimed when their process died: only once the lease has ended.
 * Whether it was sent nobody knows, so each counts as an attempt that was interrupted.
 */
export async function takeOver(db: Db, claimant: Claimant, nowMs: number, limit: number) {
  return db.transaction().execute(async (trx) => {
    const left = await trx
      .selectFrom('shipments')
      .innerJoin('runs', 'runs.id', 'shipments.run')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select(['shipments.id', 'shipments.claim', 'shipments.run as leftBy', 'runs.run_id as leftByRunId'])
      .where('shipments.status', '=', 'sending')
      .where('shipments.provider', '=', claimant.provider)
      .where('shipments.run', '<>', claimant.run)
      .where('runs.lease_until', '<', nowMs)
      .where('customer_orders.shipping_interval', 'in', claimant.intervals)
      .orderBy('shipments.id')
      .limit(limit)
      .execute();
    if (left.length === 0) return [];
    await trx
      .insertInto('attempts')
      .values(
        left.map(({ id, claim, leftBy, leftByRunId }) => ({
          shipment: id,
          claim,
          run: leftBy ?? claimant.run,
          started_at: nowMs,
          duration_ms: null,
          outcome: 'interrupted' as const,
          http_status: null,
          reason: `run ${leftByRunId} ended before it recorded an answer`,
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    return claim(
      trx,
      claimant,
      left.map(({ id }) => id),
    );
  });
}

/** Claims what earlier runs left to be sent, in the order of ids after `afterId`. */
export async function claimLeftovers(
  db: Db,
  claimant: Claimant,
  nowMs: number,
  afterId: number,
  limit: number,
) {
  return db.transaction().execute(async (trx) => {
    const left = await trx
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .leftJoin('runs', 'runs.id', 'shipments.run')
      .select('shipments.id')
      .where('shipments.status', '=', 'pending')
      .where('shipments.provider', '=', claimant.provider)
      .where('shipments.id', '>', afterId)
      .where(heldByNoOther(claimant.run, nowMs))
      .where('customer_orders.shipping_interval', 'in', claimant.intervals)
      .orderBy('shipments.id')
      .limit(limit)
      .execute();
    return claim(
      trx,
      claimant,
      left.map(({ id }) => id),
    );
  });
}

/** Claims what this run wants to try again and whose pause is over. */
export async function claimRetries(db: Db, claimant: Claimant, nowMs: number, limit: number) {
  // Nobody else claims them as long as the run is alive, so they may be looked up before the lock is taken.
  const waiting = await db
    .selectFrom('shipments')
    .select('id')
    .where('status', '=', 'pending')
    .where('run', '=', claimant.run)
    .where('provider', '=', claimant.provider)
    .where('next_attempt_at', '<=', nowMs)
    .orderBy('next_attempt_at')
    .limit(limit)
    .execute();
  if (waiting.length === 0) return [];
  return db.transaction().execute((trx) =>
    claim(
      trx,
      claimant,
      waiting.map(({ id }) => id),
    ),
  );
}

/** When the next of this run's retries is due; undefined where none is waiting. */
export async function nextRetryAt(db: Db, { run, provider }: Claimant): Promise<number | undefined> {
  const next = await db
    .selectFrom('shipments')
    .select('next_attempt_at as at')
    .where('status', '=', 'pending')
    .where('run', '=', run)
    .where('provider', '=', provider)
    .where('next_attempt_at', 'is not', null)
    .orderBy('next_attempt_at')
    .limit(1)
    .executeTakeFirst();
  return next?.at ?? undefined;
}

/** Runs other than this one that hold shipments of the provider, with the end of their leases. */
export async function otherHolders(db: Db, { run, provider, intervals }: Claimant) {
  return db
    .selectFrom('runs')
    .select(['id', 'run_id as runId', 'lease_until as leaseUntil'])
    .where('id', 'in', (query) =>
      query
        .selectFrom('shipments')
        .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
        .select('run')
        .where('status', '=', 'sending')
        .where('shipments.provider', '=', provider)
        .where('run', '<>', run)
        .where('customer_orders.shipping_interval', 'in', intervals),
    )
    .orderBy('lease_until')
    .execute();
}

/** True for what no other run is about to try again by itself. */
export function heldByNoOther(run: number, nowMs: number) {
  return (where: ExpressionBuilder<Tables & { runs: Partial<Tables['runs']> }, 'shipments' | 'runs'>) =>
    where.or([
      where('shipments.run', 'is', null),
      where.and([
        where('shipments.run', '<>', run),
        where.or([where('shipments.next_attempt_at', 'is', null), where('runs.lease_until', '<', nowMs)]),
      ]),
    ]);
}

async function claim(trx: Db, claimant: Claimant, ids: readonly number[]): Promise<ClaimedShipment[]> {
  if (ids.length === 0) return [];
  const claimed = await trx
    .updateTable('shipments')
    .set((set) => ({
      status: 'sending',
      run: claimant.run,
      claim: set('claim', '+', 1),
      next_attempt_at: null,
    }))
    .where('id', 'in', sql<number>`(select value from json_each(${JSON.stringify(ids)}))`)
    .where('status', 'in', ['pending', 'sending'])
    .returning([
      'id',
      'claim',
      'shipment_id as shipmentId',
      'body',
      sql<string>`(select order_id from customer_orders where id = shipments.customer_order)`.as('orderId'),
      sql<number>`(select count(*) from attempts where shipment = shipments.id and run = ${claimant.run})`.as(
        'failedAttempts',
      ),
    ])
    .execute();
  return claimed.map((shipment) => ({ ...shipment, hold: claimant.hold }));
}
