import { HttpResponse, http } from 'msw';
import { expect, test } from 'vitest';
import { planDryRun } from '../../src/dispatch/claims/dry-run.ts';
import { findUnknownProviders } from '../../src/dispatch/claims/unknown-providers.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { readOrderDetail } from '../../src/shipments/order-detail.ts';
import { readOverview } from '../../src/shipments/overview.ts';
import { anAddress, anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { idsOf } from '../support/shop.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

const second: Provider = { ...fictional, name: 'second' };
/** Nothing is sent twice because the machine is busy. */
const PATIENT = { SHIPCTL_FICTIONAL_TIMEOUT_MS: '20000', SHIPCTL_SECOND_TIMEOUT_MS: '20000' };
const taken = () => new HttpResponse(null, { status: 201 });

async function shopWith(orders: readonly object[]) {
  const { db } = await temporaryDatabase();
  const providers = new Map([fictional, second].map((provider) => [provider.name, provider]));
  await loadOrders(db, readOrders(Buffer.from(JSON.stringify(orders)), 'test', providers), DAY);
  return db;
}

/** So many orders of each provider, in turn. */
function ordersOf(names: readonly string[], each: number) {
  return Array.from({ length: each * names.length }, (_, index) =>
    anOrder({ order_id: `co-${index}`, provider: names[index % names.length] }),
  );
}

test('sends what is due to each of its providers, and tells how it went with each', async () => {
  const [one, other] = [
    await startProvider(http.post(at('/orders'), taken)),
    await startProvider(http.post(at('/orders'), taken)),
  ];
  const db = await shopWith(ordersOf(['fictional', 'second'], 20));

  const summary = await sendDue(db, [
    { provider: fictional, url: one.url, env: PATIENT },
    { provider: second, url: other.url, env: PATIENT },
  ]);

  expect(summary.counts).toMatchObject({ due: 40, accepted: 40 });
  expect(summary.lanes).toMatchObject([
    { provider: 'fictional', availability: 'available', counts: { due: 20, accepted: 20 } },
    { provider: 'second', availability: 'available', counts: { due: 20, accepted: 20 } },
  ]);
  expect(idsOf(other.received).sort()).toEqual(
    Array.from({ length: 20 }, (_, index) => `co-${2 * index + 1}`).sort(),
  );
});

test('a provider that is down keeps nothing from the others', async () => {
  const othersDone = new AbortController();
  const good = await startProvider(
    http.post(at('/orders'), () => {
      if (good.received.length === 50) othersDone.abort();
      return taken();
    }),
  );
  const db = await shopWith(ordersOf(['fictional', 'second'], 50));

  const destinations = [
    { provider: fictional, url: 'http://127.0.0.1:9' },
    { provider: second, url: good.url, env: PATIENT },
  ];
  const summary = await sendDue(db, destinations, { stop: othersDone.signal });

  expect(good.received).toHaveLength(50);
  expect(summary.lanes).toMatchObject([
    { provider: 'fictional', counts: { accepted: 0 } },
    { provider: 'second', availability: 'available', counts: { accepted: 50, retrying: 0 } },
  ]);
});

test('a provider that is slow or limited does not slow the others', async () => {
  let slowWhenQuickWasDone = 0;
  const slow = await startProvider(http.post(at('/orders'), taken));
  const quick = await startProvider(
    http.post(at('/orders'), () => {
      slowWhenQuickWasDone = slow.received.length;
      return taken();
    }),
  );
  const db = await shopWith(ordersOf(['fictional', 'second'], 40));

  await sendDue(db, [
    { provider: fictional, url: slow.url, env: { ...PATIENT, SHIPCTL_FICTIONAL_RATE_LIMIT: '5' } },
    { provider: second, url: quick.url, env: PATIENT },
  ]);

  expect([slow.received.length, quick.received.length]).toEqual([40, 40]);
  expect(slowWhenQuickWasDone).toBeLessThan(20);
});

test('a limit is used up whatever the share of each provider', async () => {
  const { url, received } = await startProvider(http.post(at('/orders'), taken));
  const db = await shopWith([
    anOrder({ order_id: 'co-1', provider: 'fictional' }),
    ...Array.from({ length: 30 }, (_, index) => anOrder({ order_id: `second-${index}`, provider: 'second' })),
  ]);
  const destinations = [fictional, second].map((provider) => ({ provider, url }));

  const first = await sendDue(db, destinations, { limit: 25 });
  const rest = await sendDue(db, destinations);

  expect(first.counts).toMatchObject({ due: 25, accepted: 25 });
  expect(rest.counts).toMatchObject({ due: 6, accepted: 6 });
  expect(new Set(idsOf(received)).size).toBe(31);
});

test('a provider that takes nothing leaves its share of a limit to the others', async () => {
  const closed = await startProvider(http.post(at('/orders'), () => new HttpResponse(null, { status: 401 })));
  const good = await startProvider(http.post(at('/orders'), taken));
  const db = await shopWith(ordersOf(['fictional', 'second'], 10));
  const destinations = [
    { provider: fictional, url: closed.url },
    { provider: second, url: good.url },
  ];

  for (let runs = 0; runs < 5; runs += 1) await sendDue(db, destinations, { limit: 4 });

  expect(new Set(idsOf(good.received)).size).toBeGreaterThanOrEqual(10);
});

test('what a provider takes no longer is found by a dry run and set aside by a run', async () => {
  const narrow: Provider = { ...second, limits: { recipient: 10 } };
  const { url, received } = await startProvider(http.post(at('/orders'), taken));
  const db = await shopWith([
    anOrder({
      order_id: 'co-1',
      provider: 'second',
      delivery_address: anAddress({ recipient: 'Eleven char' }),
    }),
    anOrder({
      order_id: 'co-2',
      provider: 'second',
      delivery_address: anAddress({ recipient: '📦'.repeat(10) }),
    }),
  ]);
  const message = 'delivery_address.recipient has 11 characters, and second takes 10';

  const planned = [];
  const options = {
    providers: [narrow],
    intervals: ['weekly'],
    asOf: DAY,
    limit: 10,
    nowMs: Date.now(),
  } as const;
  for await (const each of planDryRun(db, options)) planned.push(each);
  const summary = await sendDue(db, [{ provider: narrow, url }]);

  expect(planned).toMatchObject([{ orderId: 'co-1', unplannable: message }, { orderId: 'co-2' }]);
  expect(summary.problems).toMatchObject([{ orderId: 'co-1', outcome: 'rejected', message }]);
  expect(idsOf(received)).toEqual(['co-2']);
  expect(await readOrderDetail(db, 'co-1')).toMatchObject({ problem: message, shipments: [] });
});

test('finds the providers that something due waits for and nobody knows', async () => {
  const db = await shopWith(ordersOf(['fictional', 'second'], 5));

  const unknown = await findUnknownProviders(db, new Map([['fictional', fictional]]), DAY);
  const known = await findUnknownProviders(
    db,
    new Map([fictional, second].map((each) => [each.name, each])),
    DAY,
  );
  const before = await findUnknownProviders(db, new Map(), '2026-05-21');

  expect(unknown).toEqual(['second']);
  expect(known).toEqual([]);
  expect(before).toEqual([]);
});

test('what nobody can tell of after a crash is no more than was being sent', async () => {
  const { url } = await startProvider(http.post(at('/orders'), taken));
  const unsure: Provider = { ...second, repeatedOrders: { kind: 'unrecognised' } };
  const db = await shopWith(ordersOf(['second'], 200));
  let mostClaimed = 0;
  const looking = setInterval(async () => {
    const { sending } = (await readOverview(db, DAY, 0)).shipments;
    mostClaimed = Math.max(mostClaimed, sending);
  }, 1);

  const summary = await sendDue(db, [{ provider: unsure, url, env: { SHIPCTL_SECOND_CONCURRENCY: '4' } }]);
  clearInterval(looking);

  expect(summary.counts).toMatchObject({ due: 200, accepted: 200 });
  // Four to be recorded and four that ended meanwhile, four under way, and those claimed next.
  expect(mostClaimed).toBeLessThanOrEqual(17);
});

test('a request that a provider can not make was not sent, and does not keep others from being sent', async () => {
  const { url, received } = await startProvider(http.post(at('/orders'), taken));
  const broken: Provider = {
    ...second,
    request: () => {
      throw new TypeError('no key');
    },
  };
  const db = await shopWith(ordersOf(['fictional', 'second'], 2));
  const stop = AbortSignal.timeout(1_500);

  const summary = await sendDue(
    db,
    [
      { provider: fictional, url },
      { provider: broken, url },
    ],
    { stop },
  );

  expect(received).toHaveLength(2);
  expect(summary.lanes).toMatchObject([
    { provider: 'fictional', counts: { accepted: 2 } },
    { provider: 'second', counts: { accepted: 0, retrying: 2, uncertain: 0 } },
  ]);
  expect(summary.problems[0]?.message).toBe('provider second could not make its request: TypeError: no key');
});
