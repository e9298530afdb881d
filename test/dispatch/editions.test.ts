import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { type NotRetried, retryRejected } from '../../src/shipments/retry-rejected.ts';
import { anOrder } from '../support/factories.ts';
import { answering, at, startProvider } from '../support/provider-server.ts';
import { idsOf, openShop, tell, withDatabase } from '../support/shop.ts';
import { dieSending } from './support.ts';

const DAY = '2026-05-22';
const WHY = ['--reason', 'address corrected'] as const;

const lost = () => HttpResponse.error();
const rejected = () => new HttpResponse('no such postcode', { status: 422 });

describe('a due date that was rejected again and again after lost answers', () => {
  it('has as many editions as it takes, each under an id of its own', async () => {
    const { url, received } = await startProvider(
      answering(lost(), rejected(), lost(), rejected(), lost(), rejected()),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    for (let times = 0; times < 3; times += 1) {
      await shop(DAY, 'ship-due');
      expect(await shop(DAY, 'retry', '--rejected', ...WHY)).toMatchObject({ exitCode: 0 });
    }

    const run = await shop(DAY, 'ship-due', '--json');

    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
    expect(idsOf(received)).toEqual([
      'co-1',
      'co-1',
      'co-1.20260522.2',
      'co-1.20260522.2',
      'co-1.20260522.3',
      'co-1.20260522.3',
      'co-1.20260522.4',
    ]);
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments).toMatchObject([
      { shipment_id: 'co-1.20260522.4', status: 'sent', superseded_by: null },
      { shipment_id: 'co-1.20260522.3', status: 'rejected', superseded_by: 'co-1.20260522.4' },
      { shipment_id: 'co-1.20260522.2', status: 'rejected', superseded_by: 'co-1.20260522.4' },
      { shipment_id: 'co-1', status: 'rejected', superseded_by: 'co-1.20260522.4' },
    ]);
  });

  it('is not sent any more once the provider turns out to have the first edition, whichever is waiting', async () => {
    const { url, received } = await startProvider(answering(lost(), rejected(), lost(), rejected()));
    const shop = await openShop({ url, orders: [anOrder()] });
    for (let times = 0; times < 2; times += 1) {
      await shop(DAY, 'ship-due');
      await shop(DAY, 'retry', 'co-1', ...WHY);
    }
    await withDatabase(shop, (db) => tell(db, 'co-1'));

    const run = await shop(DAY, 'ship-due', '--json');

    expect(run.json().counts).toMatchObject({ due: 0 });
    expect(received).toHaveLength(4);
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments).toMatchObject([
      { shipment_id: 'co-1.20260522.3', status: 'cancelled', superseded_by: 'co-1' },
      { shipment_id: 'co-1.20260522.2', status: 'rejected', superseded_by: 'co-1' },
      { shipment_id: 'co-1', status: 'in-transit', superseded_by: null },
    ]);
  });

  it('is not retried after its provider turned out to have an edition', async () => {
    const { url, received } = await startProvider(answering(lost(), rejected(), rejected()));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'retry', 'co-1', ...WHY);
    await shop(DAY, 'ship-due');
    await withDatabase(shop, (db) => tell(db, 'co-1'));

    const retry = await shop(DAY, 'retry', '--rejected', ...WHY, '--json');
    await shop(DAY, 'ship-due');

    expect(retry.json()).toMatchObject({ count: 0 });
    expect(idsOf(received)).toEqual(['co-1', 'co-1', 'co-1.20260522.2']);
  });

  it('is left to a person where another edition may have arrived as well', async () => {
    const { url, received } = await startProvider(
      answering(lost(), rejected(), ...Array.from({ length: 6 }, lost)),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'retry', 'co-1', ...WHY);
    await shop(DAY, 'ship-due');
    const requests = received.length;
    await withDatabase(shop, (db) => tell(db, 'co-1'));

    await shop(DAY, 'ship-due');
    const status = (await shop(DAY, 'status', '--json')).json();
    const resolved = await shop(DAY, 'resolve', 'co-1.20260522.2', '--not-sent', '--reason', 'not there');
    await shop(DAY, 'ship-due');

    expect(received).toHaveLength(requests);
    expect(status.shipments).toMatchObject({ 'in-transit': 1, uncertain: 1 });
    expect(resolved).toMatchObject({ exitCode: 0 });
    expect((await shop(DAY, 'status', 'co-1', '--json')).json().shipments).toMatchObject([
      { shipment_id: 'co-1.20260522.2', status: 'cancelled' },
      { shipment_id: 'co-1', status: 'in-transit' },
    ]);
  });
});

it('an edition that is claimed and waits is not sent when the provider turns out to have an earlier one', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answers = new Map([
    ['co-0', [rejected()]],
    ['co-1', [lost(), rejected()]],
  ]);
  const { url, received } = await startProvider(
    http.post<never, { order_id: string }>(at('/orders'), async ({ request }) => {
      const { order_id } = await request.json();
      const answer = answers.get(order_id)?.shift();
      if (answer) return answer;
      await held;
      return new HttpResponse(null, { status: 201 });
    }),
  );
  const shop = await openShop({ url, orders: [anOrder({ order_id: 'co-0' }), anOrder()] });
  await shop(DAY, 'ship-due');
  await shop(DAY, 'retry', '--rejected', ...WHY);

  const running = shop(DAY, 'ship-due', '--concurrency', '1', '--json');
  while (received.length < 4) await new Promise((next) => setTimeout(next, 5));
  await withDatabase(shop, (db) => tell(db, 'co-1'));
  release();
  const run = await running;

  expect(run).toMatchObject({ exitCode: 0 });
  expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
  expect(idsOf(received)).toEqual(['co-0', 'co-1', 'co-1', 'co-0']);
  expect((await shop(DAY, 'status', 'co-1', '--json')).json().shipments).toMatchObject([
    { shipment_id: 'co-1.20260522.2', status: 'cancelled', superseded_by: 'co-1' },
    { shipment_id: 'co-1', status: 'in-transit', superseded_by: null },
  ]);
});

it('an edition in doubt that is claimed again and waits is left to a person when the provider turns out to have another', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const answers = [lost(), rejected(), ...Array.from({ length: 6 }, lost)];
  const { url, received } = await startProvider(
    http.post<never, { order_id: string }>(at('/orders'), async ({ request }) => {
      if ((await request.json()).order_id === 'co-0') await held;
      return answers.shift() ?? new HttpResponse(null, { status: 201 });
    }),
  );
  const shop = await openShop({ url, orders: [anOrder()] });
  await shop(DAY, 'ship-due');
  await shop(DAY, 'retry', 'co-1', ...WHY);
  await shop(DAY, 'ship-due');
  await shop.load([anOrder({ order_id: 'co-0' })]);
  const before = received.length;

  const running = shop(DAY, 'ship-due', '--concurrency', '1', '--json');
  while (received.length === before) await new Promise((next) => setTimeout(next, 5));
  await withDatabase(shop, (db) => tell(db, 'co-1'));
  release();
  const run = await running;

  expect(run.json().counts).toMatchObject({ due: 2, accepted: 1, uncertain: 1 });
  expect(run.json().problems).toMatchObject([{ shipment_id: 'co-1.20260522.2', outcome: 'uncertain' }]);
  expect(idsOf(received.slice(before))).toEqual(['co-0']);
});

it('an edition that a dead run held is left to a person when the provider turns out to have another', async () => {
  const { url, received } = await startProvider(answering(lost(), rejected()));
  const shop = await openShop({ url, orders: [anOrder()] });
  await shop(DAY, 'ship-due');
  await shop(DAY, 'retry', 'co-1', ...WHY);
  await dieSending(shop, DAY);
  await withDatabase(shop, (db) => tell(db, 'co-1'));

  const status = (await shop(DAY, 'status', '--json')).json();
  const run = await shop(DAY, 'ship-due', '--json');

  expect(status.shipments).toMatchObject({ sending: 1, 'in-transit': 1 });
  expect(run).toMatchObject({ exitCode: 3 });
  expect(run.json().counts).toMatchObject({ due: 1, accepted: 0, uncertain: 1 });
  expect(received).toHaveLength(2);
});

it('one rejected shipment that can not be retried keeps no other from it', async () => {
  const { url } = await startProvider(
    answering(...Array.from({ length: 3 }, () => new HttpResponse('no', { status: 422 }))),
  );
  const orders = ['co-1', 'co-2', 'co-3'].map((order_id) => anOrder({ order_id }));
  const shop = await openShop({ url, orders });
  await shop(DAY, 'ship-due');
  const provider: Provider = {
    ...fictional,
    body: (shipment) => {
      if (shipment.shipmentId === 'co-2') throw new Error('no parcel of that size');
      return fictional.body(shipment);
    },
  };
  const failed: NotRetried[] = [];

  const retried = await withDatabase(shop, async (db) => {
    const all = [];
    const deciding = { by: 'a person', reason: 'corrected', nowMs: 0 };
    const retrying = { deciding, unknown: new Set<string>(), failed: (one: NotRetried) => failed.push(one) };
    for await (const one of retryRejected(db, new Map([['fictional', provider]]), retrying)) all.push(one);
    return all;
  });

  expect(retried.map(({ shipmentId }) => shipmentId)).toEqual(['co-1', 'co-3']);
  expect(failed).toEqual([
    { orderId: 'co-2', shipmentId: 'co-2', problem: expect.stringContaining('no parcel of that size') },
  ]);
});
