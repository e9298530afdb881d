import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { rowsTable } from '../../db/rows.ts';
import type { Provider } from '../../providers/provider.ts';
import { applyEvents } from '../../shipments/events.ts';
import { lookBeforeClaim } from '../../shipments/follow-order.ts';
import { type ClaimKey, moveShipments } from '../../shipments/transitions.ts';
import { type Claimant, type Claimed, claim, QUARANTINE_AFTER } from './claim.ts';

/** A run other than the claimant's that holds shipments of the provider, with its lease. */
export interface Holder {
  run: number;
  runId: string;
  leaseMs: number;
  leaseUntil: number;
}

/** Quarantined, sent alone, and the process died of it twice more: nothing sends it any more. */
const UNCERTAIN_AFTER = QUARANTINE_AFTER + 2;

export async function otherHolders(db: Db, { run, provider, intervals }: Claimant): Promise<Holder[]> {
  const holds = (held: RawBuilder<unknown>) => sql<boolean>`exists (
    select 1 from shipments join customer_orders on customer_orders.id = shipments.customer_order
    where shipments.run = runs.id and shipments.provider = ${provider} and ${held}
      and customer_orders.shipping_interval in (${sql.join(intervals)}))`;
  return db
    .selectFrom('runs')
    .select(['id as run', 'run_id as runId', 'lease_ms as leaseMs', 'lease_until as leaseUntil'])
    .where('finished_at', 'is', null)
    .where('id', '<>', run)
    .where(({ or }) =>
      or([
        holds(sql`shipments.status = 'sending'`),
        holds(sql`shipments.status = 'pending' and shipments.next_attempt_at is not null`),
      ]),
    )
    .execute();
}

/**
 * Takes over what a dead run held: what it was sending and what it wanted to try again.
 *
 * Whether it had sent what it was sending nobody knows, so that counts as an attempt that was interrupted. Where the
 * provider would not recognise it (`resend` false), or where process after process died of it, it is blocked.
 */
export async function rescue(
  db: Db,
  providers: ReadonlyMap<string, Provider>,
  claimant: Claimant,
  holder: Holder,
  options: { nowMs: number; limit: number; resend: boolean },
): Promise<Claimed> {
  return db.transaction().execute(async (trx) => {
    const { lease_until } = await trx
      .selectFrom('runs')
      .select('lease_until')
      .where('id', '=', holder.run)
      .executeTakeFirstOrThrow();
    // It has come to life meanwhile.
    if (lease_until !== holder.leaseUntil) return { claimed: [], notClaimed: [] };
    const sending = await heldBy(trx, claimant, holder, 'sending', options.limit);
    const waiting = await heldBy(trx, claimant, holder, 'pending', options.limit - sending.length);
    await recordCrashes(trx, holder, sending, Math.min(options.nowMs, holder.leaseUntil));
    const { uncertain, forLater } = splitCrashed(sending, claimant, holder, options.resend);
    for (const shipment of waiting) if (isForLater(shipment, claimant)) forLater.add(shipment.id);
    await moveShipments(trx, 'doubt', uncertain);
    const inDoubt = new Set(uncertain.map(({ id }) => id));
    await moveShipments(trx, 'rescue', [
      ...sending.filter(({ id }) => !inDoubt.has(id)).map(({ id, claim }) => ({ id, claim, crashes: 1 })),
      ...waiting.map(({ id, claim }) => ({ id, claim, crashes: 0 })),
    ]);
    // What its provider has told of it meanwhile says that it has it.
    await applyEvents(
      trx,
      sending.map(({ id }) => id),
    );
    // Also what is left to a later run: of several editions it may be one that is not to be sent any more.
    const held = [...sending, ...waiting];
    const { toSend, notClaimed } = await lookBeforeClaim(trx, providers, claimant.provider, held);
    const claimed = await claim(
      trx,
      claimant,
      toSend.filter(({ id }) => !forLater.has(id)),
    );
    return { claimed, notClaimed };
  });
}

type Held = Awaited<ReturnType<typeof heldBy>>[number];

/** Of what a dead run was sending: what is left to a person, and what to a later run, as the process may have died of it. */
function splitCrashed(
  sending: readonly Held[],
  claimant: Claimant,
  holder: Holder,
  resend: boolean,
): { uncertain: (ClaimKey & { error: string })[]; forLater: Set<number> } {
  const uncertain: (ClaimKey & { error: string })[] = [];
  const forLater = new Set<number>();
  for (const shipment of sending) {
    const { id, claim, crash_count } = shipment;
    const crashes = crash_count + 1;
    if (!resend)
      uncertain.push({ id, claim, error: `run ${holder.runId} ended before it recorded an answer` });
    else if (crashes >= UNCERTAIN_AFTER)
      uncertain.push({ id, claim, error: `the process died ${crashes} times while it was sending this` });
    else if (crashes >= QUARANTINE_AFTER || isForLater(shipment, claimant)) forLater.add(id);
  }
  return { uncertain, forLater };
}

/** What is not due yet, and what belongs to a paused order. */
function isForLater({ active, dueOn }: Held, { asOf }: Claimant): boolean {
  return active === 0 || dueOn > asOf;
}

async function heldBy(
  trx: Db,
  claimant: Claimant,
  holder: Holder,
  status: 'sending' | 'pending',
  limit: number,
) {
  let query = trx
    .selectFrom('shipments')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .select([
      'shipments.id',
      'shipments.claim',
      'shipments.crash_count',
      'customer_orders.active',
      'shipments.due_on as dueOn',
    ])
    .where('shipments.status', '=', sql.lit(status))
    .where('shipments.run', '=', holder.run)
    .where('shipments.provider', '=', claimant.provider)
    .where('customer_orders.shipping_interval', 'in', claimant.intervals)
    .limit(limit);
  if (status === 'pending') query = query.where('shipments.next_attempt_at', 'is not', null);
  return query.execute();
}

async function recordCrashes(
  trx: Db,
  holder: Holder,
  shipments: readonly ClaimKey[],
  /** No request of the run began later: what came before then may be about something else. */
  startedAt: number,
): Promise<void> {
  const columns = { id: 'integer', claim: 'integer' } as const;
  const reason = `run ${holder.runId} ended before it recorded an answer`;
  await sql`
    insert into attempts (shipment, claim, run, started_at, outcome, reason)
    select id, claim, ${holder.run}, ${startedAt}, 'interrupted', ${reason} from ${rowsTable('dead', columns, shipments)}
    where true on conflict (shipment, claim) do nothing
  `.execute(trx);
}
