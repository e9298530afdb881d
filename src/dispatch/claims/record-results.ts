import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { idsOf, rowsTable, unindexed } from '../../db/rows.ts';
import { cancelReplacements } from '../../shipments/cancel-replacements.ts';
import { applyEvents } from '../../shipments/events.ts';
import type { Disposition } from '../send/disposition.ts';
import type { ClaimedShipment } from './claim.ts';

/** One attempt and what it made of its shipment, to be recorded. */
export interface AttemptResult {
  shipment: ClaimedShipment;
  disposition: Disposition;
  startedAt: number;
  durationMs: number;
}

/** What is stored of it. */
export type RecordedAttempt = Omit<AttemptResult, 'shipment'> & {
  shipment: Pick<ClaimedShipment, 'id' | 'claim'>;
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
  const rows = rowsTable(
    'result',
    {
      id: 'integer',
      claim: 'integer',
      status: 'text',
      next_attempt_at: 'integer',
      answered_at: 'integer',
      error: 'text',
      tracking_number: 'text',
    },
    results.map(({ shipment, disposition, startedAt, durationMs }) => ({
      id: shipment.id,
      claim: shipment.claim,
      status: disposition.status,
      next_attempt_at: disposition.nextAttemptAt,
      answered_at: startedAt + durationMs,
      error: disposition.error,
      tracking_number: disposition.trackingNumber ?? null,
    })),
  );

  return db.transaction().execute(async (trx) => {
    await insertAttempts(trx, run, results);
    const recorded = await trx
      .updateTable('shipments')
      .from(rows)
      .set({
        status: sql`result.status`,
        next_attempt_at: sql`result.next_attempt_at`,
        sent_at: sql`iif(result.status = 'sent', result.answered_at, null)`,
        last_error: sql`result.error`,
        tracking_number: trackingNumber,
        // The process lived through it.
        crash_count: 0,
      })
      .whereRef('shipments.id', '=', 'result.id')
      .whereRef('shipments.claim', '=', 'result.claim')
      .where('shipments.run', '=', run)
      .where(unindexed('shipments.status'), '=', 'sending')
      .returning('shipments.id')
      .execute();

    const lost: LostShipment[] = [];
    if (recorded.length < results.length) {
      await trx
        .updateTable('shipments')
        .from(rows)
        .set({
          status: 'sent',
          next_attempt_at: null,
          sent_at: sql`result.answered_at`,
          last_error: null,
          tracking_number: trackingNumber,
        })
        .whereRef('shipments.id', '=', 'result.id')
        .where(sql`result.status`, '=', 'sent')
        .where(unindexed('shipments.status'), 'in', ['pending', 'sending', 'rejected', 'uncertain'])
        .execute();
      const ours = new Set(recorded.map(({ id }) => id));
      const others = results.map(({ shipment }) => shipment.id).filter((id) => !ours.has(id));
      const now = await trx
        .selectFrom('shipments')
        .select(['id', 'sent_at'])
        .where('id', 'in', idsOf(others))
        .execute();
      await cancelReplacements(trx, others);
      for (const { id, sent_at } of now) lost.push({ id, fate: sent_at === null ? 'open' : 'accepted' });
    }
    // An event may have come first.
    await applyEvents(
      trx,
      results.map(({ shipment }) => shipment.id),
    );
    return lost;
  });
}

/** A number once known stays: a provider may give it with its first answer only. */
const trackingNumber = sql<string | null>`coalesce(result.tracking_number, shipments.tracking_number)`;

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
