import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
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
 * Takes over what earlier runs held when their process died, being sent or to be tried again: only once the lease has
 * ended. Whether what was being sent was sent nobody knows: it counts as an attempt that was interrupted.
 */
export async function takeOver(db: Db, claimant: Claimant, nowMs: number, limit: number) {
  return db.transaction().execute(async (trx) => {
    const sending = await leftByDeadRuns(trx, claimant, nowMs, limit, (shipment) =>
      shipment('shipments.status', '=', 'sending'),
    );
    const waiting = await leftByDeadRuns(trx, claimant, nowMs, limit - sending.length, (shipment) =>
      shipment.and([
        shipment('shipments.status', '=', 'pending'),
        shipment('shipments.next_attempt_at', 'is not', null),
      ]),
    );
    if (sending.length > 0) {
      await trx
        .insertInto('attempts')
        .values(
          sending.map(({ id, claim, leftBy, runId }) => ({
            shipment: id,
            claim,
            run: leftBy,
            started_at: nowMs,
            duration_ms: null,
            outcome: 'interrupted' as const,
            http_status: null,
            reason: `run ${runId} ended before it recorded an answer`,
          })),
        )
        .execute();
    }
    return claim(
      trx,
      claimant,
      [...sending, ...waiting].map(({ id }) => id),
    );
  });
}

function leftByDeadRuns(
  trx: Db,
  claimant: Claimant,
  nowMs: number,
  limit: number,
  held: (shipment: ExpressionBuilder<Tables, 'shipments'>) => Expression<SqlBool>,
) {
  return trx
    .selectFrom('shipments')
    .innerJoin('runs', 'runs.id', 'shipments.run')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .select(['shipments.id', 'shipments.claim', 'runs.id as leftBy', 'runs.run_id as runId'])
    .where(held)
    .where('shipments.provider', '=', claimant.provider)
    .where('shipments.run', '<>', claimant.run)
    .where('runs.lease_until', '<', nowMs)
    .where('customer_orders.shipping_interval', 'in', claimant.intervals)
    .orderBy('shipments.id')
    .limit(limit)
    .execute();
}

/** Claims what earlier runs gave back or gave up, in the order of ids after `afterId`. */
export async function claimLeftovers(db: Db, claimant: Claimant, afterId: number, limit: number) {
  return db.transaction().execute(async (trx) => {
    const left = await trx
      .selectFrom('shipments')
      .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
      .select('shipments.id')
      .where(leftToAnyRun)
      .where('shipments.run', 'is not', claimant.run)
      .where('shipments.provider', '=', claimant.provider)
      .where('shipments.id', '>', afterId)
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

/** What no run holds: to be sent by whichever comes next. */
export function leftToAnyRun(shipment: ExpressionBuilder<Tables, 'shipments'>): Expression<SqlBool> {
  return shipment.and([
    shipment('shipments.status', '=', sql.lit('pending')),
    shipment('shipments.next_attempt_at', 'is', null),
  ]);
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
        .where((shipment) =>
          shipment.or([
            shipment('shipments.status', '=', sql.lit('sending')),
            shipment.and([
              shipment('shipments.status', '=', sql.lit('pending')),
              shipment('shipments.next_attempt_at', 'is not', null),
            ]),
          ]),
        )
        .where('shipments.provider', '=', provider)
        .where('run', '<>', run)
        .where('customer_orders.shipping_interval', 'in', intervals),
    )
    .orderBy('lease_until')
    .execute();
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
