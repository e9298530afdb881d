import type { Db } from '../../src/db/open.ts';
import type { Claimant } from '../../src/dispatch/claims/claim.ts';

/** A run's row, and the run as one that claims for `fictional`; its lease ended long ago, unless it says otherwise. */
export async function aClaimant(
  db: Db,
  asOf: string,
  row: { run_id?: string; started_at?: number; lease_ms?: number; lease_until?: number } = {},
): Promise<Claimant> {
  const { id: run } = await db
    .insertInto('runs')
    .values({
      run_id: 'run-1',
      shipping_interval: null,
      as_of: asOf,
      started_at: 0,
      lease_ms: 10,
      lease_until: 10,
      ...row,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { run, leaseEpoch: 1, provider: 'fictional', intervals: ['weekly', 'monthly'], asOf };
}
