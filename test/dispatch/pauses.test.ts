import { setTimeout as sleep } from 'node:timers/promises';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { keepPause, readPause, watchPause } from '../../src/dispatch/send/provider-pause.ts';
import { createLog } from '../../src/log.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { aManualClock } from '../support/clock.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

const throttled = (seconds: number) =>
  new HttpResponse(null, { status: 429, headers: { 'retry-after': String(seconds) } });
const accepted = () => new HttpResponse(null, { status: 201 });
const log = createLog({ write: () => {}, format: 'text', from: 'error', clock: aManualClock() });
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

test.each([
  ['nothing', undefined, 9_000, 9_000],
  ['an earlier end', 5_000, 9_000, 9_000],
  ['a later end', 9_000, 5_000, 9_000],
  ['the latest end that is kept', 86_401_000, 5_000, 86_401_000],
  ['one that lies too far ahead, since the clock was set back', 86_401_001, 5_000, 5_000],
])('the end that is kept where there is %s', async (_what, before, untilMs, expected) => {
  const { db } = await temporaryDatabase();
  if (before !== undefined) {
    await db.insertInto('provider_pauses').values({ provider: 'fictional', paused_until: before }).execute();
  }
  await db.insertInto('provider_pauses').values({ provider: 'other', paused_until: 7_000 }).execute();

  const holds = await keepPause({ db, clock: aManualClock({ startsAt: 1_000 }), log }, 'fictional', untilMs);

  expect([holds, await storedPause(db)]).toEqual([expected, expected]);
  expect(await readPause(db, 'other', 1_000)).toBe(7_000);
});

test.each([
  ['before it began', [accepted], -1],
  ['while it was sending', [() => throttled(1), accepted], undefined],
])(
  'a pause that ended %s is gone, so that a clock that is set back brings none back',
  async (_when, answers, endedMs) => {
    const db = await aShop(1);
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => (answers[received.length - 1] ?? accepted)()),
    );
    if (endedMs !== undefined) {
      await db
        .insertInto('provider_pauses')
        .values([
          { provider: 'fictional', paused_until: Date.now() + endedMs },
          { provider: 'other', paused_until: 7_000 },
        ])
        .execute();
    }

    const summary = await sendDue(db, [{ provider: fictional, url }]);

    expect(summary.counts).toMatchObject({ accepted: 1 });
    expect(await readPause(db, 'fictional', Date.now() - 3_600_000)).toBe(0);
    expect(await readPause(db, 'other', 1_000)).toBe(endedMs === undefined ? 0 : 7_000);
  },
);

test('looks for pauses of other runs once a second, until it is stopped', async () => {
  const { db } = await temporaryDatabase();
  const clock = aManualClock({ startsAt: 1_000 });
  const stop = new AbortController();
  const learnt: number[] = [];
  const watching = watchPause({ db, clock, log }, 'fictional', (until) => learnt.push(until), stop.signal);

  await clock.advance(999);
  await db.insertInto('provider_pauses').values({ provider: 'fictional', paused_until: 9_000 }).execute();
  await clock.advance(1);
  while (learnt.length < 1) await sleep(1);
  await clock.advance(1_000);
  while (learnt.length < 2) await sleep(1);
  stop.abort();
  await watching;
  await clock.advance(10_000);

  expect(learnt).toEqual([9_000, 9_000]);
});

test('a database that fails ends neither the run nor its looking for pauses', async () => {
  const { db, close } = await temporaryDatabase();
  const clock = aManualClock({ startsAt: 1_000 });
  const stop = new AbortController();
  // One that was never asked anything is opened only then.
  await readPause(db, 'fictional', 0);
  await close();

  const watching = watchPause({ db, clock, log }, 'fictional', () => {}, stop.signal);
  await clock.advance(5_000);
  stop.abort();

  await expect(watching).resolves.toBeUndefined();
  expect(await keepPause({ db, clock, log }, 'fictional', 8_000)).toBe(8_000);
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
