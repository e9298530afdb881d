import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { idsOf, rowsTable } from '../../db/rows.ts';
import { settleEditions } from '../../shipments/editions.ts';
import { applyEvents } from '../../shipments/events.ts';
import { moveShipments } from '../../shipments/transitions.ts';
import type { AttemptOutcome } from '../../vocabulary.ts';
import type { ClaimedShipment } from './claim.ts';

/** What an attempt's outcome makes of the shipment. */
export interface Disposition {
  status: 'sent' | 'rejected' | 'pending' | 'uncertain';
  /** When this run tries again; null where it does not. */
  nextAttemptAt: number | null;
  /** How it goes into the list of attempts; null where it does not count as one. */
  attempt: AttemptOutcome | null;
  httpStatus: number | null;
  /** What went wrong, in words; null where nothing did. */
  error: string | null;
  /** The provider's own name for the shipment, where it gave one. */
  trackingNumber?: string | undefined;
}

/** One attempt and what it made of its shipment, to be recorded. */
export interface AttemptResult {
  shipment: ClaimedShipment;
  disposition: Disposition;
  startedAt: number;
  durationMs: number;
}

/** What is stored of it. */
export type RecordedAttempt = Omit<AttemptResult, 'shipment'> & {
  shipment: Pick<ClaimedShipment, 'id' | 'claim' | 'edition'>;
};

/** A shipment that was not the run's any more when its result came, and whether its provider has it. */
export interface LostShipment {
  id: number;
  fate: 'accepted' | 'open';
}

/**
 * Records a batch of results in one transaction.
 *
 * A result counts only for the claim it belongs to: what was rescued meanwhile is left alone. But that a provider
 * has accepted a shipment is true whoever asked, so a late "accepted" still counts.
 *
 * @returns those that were not ours any more.
 */
export async function recordResults(
  db: Db,
  run: number,
  results: readonly RecordedAttempt[],
): Promise<LostShipment[]> {
  return db.transaction().execute(async (trx) => {
    await insertAttempts(trx, run, results);
    const recorded = new Set(await moveShipments(trx, 'record', results.map(movedBy)));
    const others = results.filter(({ shipment }) => !recorded.has(shipment.id));
    const lost = others.length === 0 ? [] : await recordLate(trx, others);
    // An event may have come first.
    await applyEvents(
      trx,
      results.map(({ shipment }) => shipment.id),
    );
    await settleEditions(
      trx,
      results
        .filter(({ shipment }) => shipment.edition > 1 || !recorded.has(shipment.id))
        .map(({ shipment }) => shipment.id),
    );
    return lost;
  });
}

function movedBy({ shipment, disposition, startedAt, durationMs }: RecordedAttempt) {
  const { status, nextAttemptAt } = disposition;
  return {
    id: shipment.id,
    claim: shipment.claim,
    status,
    pending_for: status === 'pending' ? (nextAttemptAt === null ? 'given-up' : 'retrying') : null,
    next_attempt_at: nextAttemptAt,
    sent_at: status === 'sent' ? startedAt + durationMs : null,
    error: disposition.error,
    tracking_number: disposition.trackingNumber ?? null,
  };
}

/** Of shipments that are not the run's any more only what is true whoever says it is recorded. */
async function recordLate(trx: Db, results: readonly RecordedAttempt[]): Promise<LostShipment[]> {
  const now = await trx
    .selectFrom('shipments')
    .select(['id', 'claim'])
    .where('id', 'in', idsOf(results.map(({ shipment }) => shipment.id)))
    .execute();
  const claims = new Map(now.map(({ id, claim }) => [id, claim]));
  const accepted = results.filter(({ disposition }) => disposition.status === 'sent').map(movedBy);
  await moveShipments(
    trx,
    'acceptLate',
    accepted.map(({ id, sent_at, tracking_number }) => ({
      id,
      claim: claims.get(id) ?? 0,
      sent_at,
      tracking_number,
    })),
  );
  const after = await trx
    .selectFrom('shipments')
    .select(['id', 'sent_at'])
    .where('id', 'in', idsOf([...claims.keys()]))
    .execute();
  return after.map(({ id, sent_at }) => ({ id, fate: sent_at === null ? 'open' : 'accepted' }));
}

async function insertAttempts(trx: Db, run: number, results: readonly RecordedAttempt[]): Promise<void> {
  const counted = results.filter(({ disposition }) => disposition.attempt !== null);
  if (counted.length === 0) return;
  const rows = rowsTable(
    'attempt',
    {
      shipment: 'integer',
      claim: 'integer',
      started_at: 'integer',
      duration_ms: 'integer',
      outcome: 'text',
      http_status: 'integer',
      reason: 'text',
    },
    counted.map(({ shipment, disposition, startedAt, durationMs }) => ({
      shipment: shipment.id,
      claim: shipment.claim,
      started_at: startedAt,
      duration_ms: durationMs,
      outcome: disposition.attempt,
      http_status: disposition.httpStatus,
      reason: disposition.error,
    })),
  );
  // A run that took the shipment over presumed that this attempt was cut short: now we know better.
  await sql`
    insert into attempts (shipment, claim, run, started_at, duration_ms, outcome, http_status, reason)
    select shipment, claim, ${run}, started_at, duration_ms, outcome, http_status, reason from ${rows} where true
    on conflict (shipment, claim) do update set started_at = excluded.started_at,
      duration_ms = excluded.duration_ms, outcome = excluded.outcome, http_status = excluded.http_status,
      reason = excluded.reason
  `.execute(trx);
}
