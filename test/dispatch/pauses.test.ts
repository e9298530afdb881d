import { setTimeout as sleep } from 'node:timers/promises';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

const throttled = (seconds: number) =>
  new HttpResponse(null, { status: 429, headers: { 'retry-after': String(seconds) } });
const accepted = () => new HttpResponse(null, { status: 201 });
const WITHIN_SECONDS = 60_000;

test('of the pauses that two runs were asked for at the same time the later end holds, for both', async () => {
  const db = await aShop(2);
  const long = await startProvider(http.post(at('/orders'), () => throttled(3_600)));
  let longEnded: Promise<unknown> = Promise.resolve();
  const short = await startProvider(
    http.post(at('/orders'), async () => {
      if (short.received.length > 1) return accepted();
      longEnded = sendDue(db, [{ provider: fictional, url: long.url }]);
      await longEnded;
      return throttled(2);
    }),
  );

  const summary = await sendDue(
    db,
    [{ provider: fictional, url: short.url, env: { SHIPCTL_FICTIONAL_TIMEOUT_MS: '10000' } }],
    { limit: 1 },
  );

  expect(long.received).toHaveLength(1);
  expect(short.received).toHaveLength(1);
  expect(summary.counts).toMatchObject({ due: 1, accepted: 0, retrying: 1 });
  expect(summary.lanes).toMatchObject([{ availability: 'unavailable' }]);
  expect(summary.lanes[0]?.pausedUntil).toBeGreaterThan(Date.now() + 3_600_000 - WITHIN_SECONDS);
  expect(await storedPause(db)).toBeGreaterThan(Date.now() + 3_600_000 - WITHIN_SECONDS);
});

test('a run that is sending learns of a pause that another one was asked for', async () => {
  const db = await aShop(1_001);
  const patient = await startProvider(
    http.post(at('/orders'), async () => {
      await sleep(10);
      return accepted();
    }),
  );
  const tired = await startProvider(http.post(at('/orders'), () => throttled(3_600)));
  const env = { SHIPCTL_FICTIONAL_CONCURRENCY: '1' };

  const running = sendDue(db, [{ provider: fictional, url: patient.url, env }], { limit: 1_000 });
  while (patient.received.length < 3) await sleep(5);
  await db.deleteFrom('provider_pauses').execute();
  await sendDue(db, [{ provider: fictional, url: tired.url, env }]);
  const summary = await running;

  expect(tired.received).toHaveLength(1);
  expect(patient.received.length).toBeLessThan(1_000);
  expect(summary.lanes).toMatchObject([{ availability: 'unavailable', trouble: null }]);
  expect(summary.counts).toMatchObject({ accepted: patient.received.length, rejected: 0, uncertain: 0 });
});

test('a shorter pause is learnt and waited for by a run that is sending', async () => {
  const db = await aShop(301);
  const starts: number[] = [];
  const patient = await startProvider(
    http.post(at('/orders'), async () => {
      starts.push(performance.now());
      await sleep(10);
      return accepted();
    }),
  );
  const env = { SHIPCTL_FICTIONAL_CONCURRENCY: '1' };

  const running = sendDue(db, [{ provider: fictional, url: patient.url, env }]);
  while (patient.received.length < 3) await sleep(5);
  await db
    .insertInto('provider_pauses')
    .values({ provider: 'fictional', paused_until: Date.now() + 2_500 })
    .execute();
  const summary = await running;

  expect(summary.counts).toMatchObject({ due: 301, accepted: 301 });
  const longestGapMs = Math.max(...starts.slice(1).map((start, index) => start - (starts[index] ?? 0)));
  expect(longestGapMs).toBeGreaterThan(800);
});

async function storedPause(db: Db): Promise<number> {
  const { paused_until } = await db
    .selectFrom('provider_pauses')
    .select('paused_until')
    .where('provider', '=', 'fictional')
    .executeTakeFirstOrThrow();
  return paused_until;
}

/** So many orders of fictional that are due. */
async function aShop(orders: number): Promise<Db> {
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(orders, 'weekly'), DAY);
  return db;
}
