import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import BetterSqlite3 from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { openThreadStore } from '../../src/dispatch/claims/thread/client.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { aClaimant } from '../support/claimant.ts';
import { temporaryDatabase, temporaryFolder } from '../support/workspace.ts';

const THREAD = fileURLToPath(new URL('../../bin/store-thread.js', import.meta.url));
const TODAY = '2026-05-22';

test('plans, records and finds retries as without a thread', async () => {
  const { store, db, claimant } = await aThread();

  const { claimed } = await store.planAndClaim(claimant, 2);
  const before = await store.nextRetryAt(claimant);
  const [sent, toRetry] = claimed;
  await store.recordResults(claimant.run, [
    { ...result(sent), disposition: { ...ACCEPTED, status: 'sent', nextAttemptAt: null } },
    { ...result(toRetry), disposition: { ...ACCEPTED, status: 'pending', nextAttemptAt: 5 } },
  ]);
  const lost = await store.recordResults(claimant.run, [
    { ...result({ id: 1, claim: 9 }), disposition: { ...ACCEPTED, status: 'pending', nextAttemptAt: null } },
  ]);

  expect(claimed).toMatchObject([
    { orderId: 'gen-0000001', shipmentId: 'gen-0000001', claim: 1, leaseEpoch: 7, mayBeAccepted: false },
    { orderId: 'gen-0000002' },
  ]);
  expect(JSON.parse(claimed[0]?.body ?? '')).toMatchObject({ order_id: 'gen-0000001' });
  expect(before).toBeNull();
  expect(lost).toEqual([{ id: 1, fate: 'accepted' }]);
  expect(await store.nextRetryAt(claimant)).toBe(5);
  expect(await db.selectFrom('shipments').select(['status']).orderBy('id').execute()).toEqual([
    { status: 'sent' },
    { status: 'pending' },
  ]);
});

test('asks again while another process holds the database, as long as there is time', async () => {
  let waitMs = 30_000;
  const { store, path, claimant } = await aThread(() => waitMs);
  const other = new BetterSqlite3(path);
  onTestFinished(() => void other.close());

  other.exec('begin immediate');
  const inTime = store.planAndClaim(claimant, 1);
  setTimeout(() => other.exec('rollback'), 1_500);
  const { claimed } = await inTime;
  other.exec('begin immediate');
  waitMs = 0;
  const tooLate = store.planAndClaim(claimant, 1);

  expect(claimed).toHaveLength(1);
  await expect(tooLate).rejects.toMatchObject({ code: 'SQLITE_BUSY', message: 'database is locked' });
});

test('passes on what went wrong in it', async () => {
  const { store, claimant } = await aThread();

  await expect(store.planAndClaim({ ...claimant, provider: 'nobody' }, 1)).rejects.toThrow(
    'there is no provider nobody',
  );
  await expect(store.planAndClaim({ ...claimant, run: 99 }, 1)).rejects.toMatchObject({
    code: 'SQLITE_CONSTRAINT_FOREIGNKEY',
  });
});

test('fails every question once it has died, and can be closed all the same', async () => {
  const { store, worker, claimant } = await aThread();

  const asked = store.planAndClaim(claimant, 1);
  const died = once(worker, 'exit');
  void worker.terminate();

  const message = 'The thread that asks the database has died: it ended by itself';
  await expect(asked).rejects.toMatchObject({ code: 'unexpected', message });
  await died;
  await expect(store.nextRetryAt(claimant)).rejects.toThrow(message);
  await store.close();
});

test('does not start without a database, and says why', async () => {
  const worker = startThread(`${temporaryFolder()}/nothing.db`);

  await expect(openThreadStore(worker, () => 0, systemClock)).rejects.toThrow('There is no database at ');
});

const ACCEPTED = { attempt: 'accepted', httpStatus: 201, error: null } as const;

/** With three orders that are due. */
async function aThread(lockWaitMs = () => 5_000) {
  const { db, path } = await temporaryDatabase();
  await loadOrders(db, generateOrders(3, 'weekly'), TODAY);
  const worker = startThread(path);
  const store = await openThreadStore(worker, lockWaitMs, systemClock);
  const claimant = { ...(await aClaimant(db, TODAY)), leaseEpoch: 7 };
  return { store, worker, db, path, claimant };
}

function startThread(databasePath: string): Worker {
  const worker = new Worker(THREAD, {
    workerData: { databasePath, outside: { modules: [], folder: '.' } },
  });
  onTestFinished(async () => void (await worker.terminate()));
  return worker;
}

function result(shipment: { id: number; claim: number } | undefined) {
  if (!shipment) throw new Error('two orders are due');
  return { shipment: { id: shipment.id, claim: shipment.claim, edition: 1 }, startedAt: 1, durationMs: 1 };
}
