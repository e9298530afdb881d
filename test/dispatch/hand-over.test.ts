import { setTimeout as sleep } from 'node:timers/promises';
import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { storeOn } from '../../src/dispatch/claims/store.ts';
import type { ThreadStore } from '../../src/dispatch/claims/thread/client.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { clockOfAStopped, clockShowing } from '../support/clock.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { idsOf } from '../support/shop.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

/** Nothing is sent twice because the machine is busy. */
const PATIENT = { SHIPCTL_FICTIONAL_TIMEOUT_MS: '20000' };

test('gives back what was still being claimed when everything else had ended', async () => {
  const { url, received, db } = await aShop(2_000);
  const stop = new AbortController();
  const openThreadStore = delayedAtSecondClaim(db, async () => {
    stop.abort();
    await sleep(500);
  });

  const { counts } = await sendDue(db, [{ provider: fictional, url }], {
    stop: stop.signal,
    openThreadStore,
  });

  expect(counts).toMatchObject({ due: 512, accepted: received.length });
  const left = db
    .selectFrom('shipments')
    .select(({ fn }) => ['status', fn.countAll<number>().as('shipments')]);
  expect(await left.groupBy('status').orderBy('status').execute()).toEqual([
    { status: 'pending', shipments: 512 - received.length },
    { status: 'sent', shipments: received.length },
  ]);
});

test('sends what it was claiming when its lease lapsed', async () => {
  const { url, received, db } = await aShop(2_000);
  let slept = 0;
  const openThreadStore = delayedAtSecondClaim(db, async () => {
    slept = 60_000;
    // At its next heartbeat the run gives back what it holds.
    while (await holdsAny(db)) await sleep(50);
  });

  const { counts } = await sendDue(db, [{ provider: fictional, url, env: PATIENT }], {
    openThreadStore,
    clock: clockOfAStopped(() => slept),
  });

  expect(counts).toMatchObject({ due: 2_000, accepted: 2_000 });
  expect(new Set(idsOf(received)).size).toBe(received.length);
});

test('claims what another run gives back at its end', async () => {
  const accepted = () => new HttpResponse(null, { status: 201 });
  const stop = new AbortController();
  const first = await startProvider(
    http.post(at('/orders'), async () => {
      await sleep(300);
      return accepted();
    }),
  );
  let firstEnds: Promise<unknown> = Promise.resolve();
  const second = await startProvider(
    http.post(at('/orders'), async () => {
      stop.abort();
      await firstEnds;
      return accepted();
    }),
  );
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(600, 'weekly'), DAY);

  firstEnds = sendDue(db, [{ provider: fictional, url: first.url, env: PATIENT }], { stop: stop.signal });
  while (first.received.length < 32) await sleep(10);
  const { counts } = await sendDue(db, [{ provider: fictional, url: second.url, env: PATIENT }]);

  expect(counts.accepted + first.received.length).toBe(600);
  expect(first.received.length).toBeLessThan(256);
});

test('takes nothing from a run that lives, however far ahead its own wall clock is', async () => {
  const { url, received } = await startProvider(
    http.post(at('/orders'), async () => {
      await sleep(20);
      return new HttpResponse(null, { status: 201 });
    }),
  );
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(300, 'weekly'), DAY);
  // A provider that takes repeats and can't be asked: whatever is sent twice is booked twice.
  const provider: Provider = { ...fictional, repeatedOrders: { kind: 'look-up', ...NOT_THERE } };
  const env = { SHIPCTL_FICTIONAL_TIMEOUT_MS: '20000', SHIPCTL_FICTIONAL_CONCURRENCY: '4' };

  const first = sendDue(db, [{ provider, url, env }]);
  while (received.length === 0) await sleep(5);
  const ahead = clockShowing(() => Date.now() + 120_000);
  const second = await sendDue(db, [{ provider, url, env }], { clock: ahead });
  await first;

  expect(second.lanes).toMatchObject([{ availability: 'available' }]);
  expect(new Set(received.map(({ method }) => method))).toEqual(new Set(['POST']));
  expect(new Set(idsOf(received)).size).toBe(300);
  expect(received).toHaveLength(300);
});

test('begins no request that its lease does not cover any more', async () => {
  const { url, received, db } = await aShop(3);
  let slept = 0;
  const receivedThen: number[] = [];
  const provider: Provider = {
    ...fictional,
    request: (...args) => {
      if (slept === 0) setTimeout(() => receivedThen.push(received.length), 500);
      // As if the process were stopped here: after it looked at its lease, and before the first byte.
      slept = 60_000;
      return fictional.request(...args);
    },
  };

  const { counts } = await sendDue(db, [{ provider, url }], { clock: clockOfAStopped(() => slept) });

  expect(receivedThen).toEqual([0]);
  expect(counts).toMatchObject({ due: 3, accepted: 3 });
  expect(received).toHaveLength(3);
  const outcomes = await db.selectFrom('attempts').select('outcome').orderBy('claim').execute();
  expect(outcomes.map(({ outcome }) => outcome)).toEqual([
    ...Array(3).fill('unsent'),
    ...Array(3).fill('accepted'),
  ]);
});

test('leaves to the next run what another one has just given up', async () => {
  const { url, received } = await startProvider(
    http.post(at('/orders'), async ({ request }) => {
      const { order_id } = (await request.json()) as { order_id: string };
      return new HttpResponse(null, { status: order_id === 'gen-0000002' ? 500 : 201 });
    }),
  );
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(5, 'weekly'), DAY);

  // A heartbeat that is longer than all this takes: the second run waits to see whether the first is alive.
  const env = { SHIPCTL_FICTIONAL_TIMEOUT_MS: '30000' };
  const first = sendDue(db, [{ provider: fictional, url, env }]);
  while (received.length === 0) await sleep(5);
  const second = sendDue(db, [{ provider: fictional, url, env }]);

  expect((await first).counts).toMatchObject({ due: 5, accepted: 4, retrying: 1 });
  expect((await second).lanes).toMatchObject([{ availability: 'available', counts: { due: 0 } }]);
  expect(idsOf(received).filter((id) => id === 'gen-0000002')).toHaveLength(6);
});

/** How a provider is asked that never has what it is asked for. */
const NOT_THERE = {
  request: () => ({ method: 'GET', path: '/', headers: {} }) as const,
  reading: () => ({ kind: 'has-it-not' }) as const,
};

/** So many orders that are due, and a provider that takes them. */
async function aShop(orders: number) {
  const provider = await startProvider(
    http.post(at('/orders'), () => new HttpResponse(null, { status: 201 })),
  );
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(orders, 'weekly'), DAY);
  return { ...provider, db };
}

async function holdsAny(db: Db): Promise<boolean> {
  const held = await db
    .selectFrom('shipments')
    .select('id')
    .where('status', '=', 'sending')
    .limit(1)
    .executeTakeFirst();
  return held !== undefined;
}

/** The store as a thread would have it, but for what happens before it plans for the second time. */
function delayedAtSecondClaim(db: Db, before: () => Promise<void>): () => Promise<ThreadStore> {
  const store = storeOn(db, new Map([['fictional', fictional]]));
  let claims = 0;
  return async () => ({
    ...store,
    planAndClaim: async (...args) => {
      claims += 1;
      if (claims === 2) await before();
      return store.planAndClaim(...args);
    },
    close: async () => {},
  });
}
