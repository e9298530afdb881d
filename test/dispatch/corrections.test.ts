import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { claimBacklog, unclaim } from '../../src/dispatch/claims/claim.ts';
import { giveBack } from '../../src/dispatch/claims/give-back.ts';
import { planAndClaim } from '../../src/dispatch/claims/plan-and-claim.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { followOrders, nothingFollowed } from '../../src/shipments/follow-order.ts';
import { aClaimant } from '../support/claimant.ts';
import { anAddress, anOrder } from '../support/factories.ts';
import { answering, at, startProvider } from '../support/provider-server.ts';
import { idsOf, openShop, tell, withDatabase } from '../support/shop.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { dieSending } from './support.ts';

const DAY = '2026-05-22';
const NOBODY = { SHIPCTL_FICTIONAL_URL: 'http://127.0.0.1:9' };
const moved = anAddress({ line_1: '1 New street', postcode: 'N1 1AA' });

describe('an order that is corrected while its shipment waits to be sent', () => {
  it('is sent to the new address, under the same id, when surely nothing has arrived', async () => {
    const { url, received } = await startProvider(answering());
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', NOBODY);

    const corrected = await shop.load([anOrder({ delivery_address: moved })]);
    await shop(DAY, 'ship-due');

    expect(corrected.stdout).toContain('Shipments that wait to be sent and follow their orders: 1.');
    expect(received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { order_id: 'co-1', delivery_address: { line_1: '1 New street', postcode: 'N1 1AA' } },
    ]);
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments).toMatchObject([{ delivery_address: { line_1: '1 New street' } }]);
  });

  it('goes to its new provider', async () => {
    const { url } = await startProvider(
      http.post(at('/v2/consignments'), () =>
        HttpResponse.json({ results: [{ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP1' }] }),
      ),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', NOBODY);

    await shop.load([anOrder({ provider: 'oddpost' })]);
    const run = await shop(DAY, 'ship-due', '--json', { SHIPCTL_ODDPOST_URL: url });

    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
    expect((await shop(DAY, 'status', 'co-1', '--json')).json().shipments).toMatchObject([
      { provider: 'oddpost', status: 'sent', tracking_number: 'OP1' },
    ]);
  });

  it('is not proven sent at its new provider by what went to the old one', async () => {
    const lost = Array.from({ length: 6 }, () => HttpResponse.error());
    const { url, received } = await startProvider(answering(...lost));
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'not in the portal');
    await shop.load([anOrder({ provider: 'oddpost' })]);
    await shop.load([anOrder()]);
    await withDatabase(shop, (db) => tell(db, 'co-1'));

    const run = await shop(DAY, 'ship-due', '--json');

    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1, left: 0 });
    expect(received).toHaveLength(7);
  });

  it('keeps its bytes where it may have arrived: seed names it, and status shows where it goes', async () => {
    const { url, received } = await startProvider(
      answering(...Array.from({ length: 6 }, () => HttpResponse.error())),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');

    const corrected = await shop.load([anOrder({ delivery_address: moved })]);
    await shop(DAY, 'ship-due');

    expect(corrected.stdout).toContain('stay as they were planned: 1 (co-1).');
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
    const status = await shop(DAY, 'status', 'co-1');
    expect(status.stdout).toContain(
      'to another address: John Doe, The battleship building, 179 harrow road, London, W2 6NB, GB',
    );
    expect((await shop(DAY, 'status', 'co-1', '--json')).json()).toMatchObject({
      order: { delivery_address: { line_1: '1 New street' } },
      shipments: [{ delivery_address: { line_1: 'The battleship building' } }],
    });
  });

  it('goes to the new address when a person has found out that it did not arrive', async () => {
    const { url, received } = await startProvider(
      answering(...Array.from({ length: 6 }, () => HttpResponse.error())),
    );
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due');
    await shop.load([anOrder({ delivery_address: moved })]);

    await shop(DAY, 'resolve', 'co-1', '--not-sent', '--reason', 'not in the portal');
    const status = (await shop(DAY, 'status', 'co-1', '--json')).json();
    await shop(DAY, 'ship-due');

    expect(status.shipments).toMatchObject([{ delivery_address: { line_1: '1 New street' } }]);
    expect(JSON.parse(received.at(-1)?.body ?? '')).toMatchObject({
      order_id: 'co-1',
      delivery_address: { line_1: '1 New street' },
    });
  });

  it('goes to the new address when it was claimed by a run then, and given back unsent', async () => {
    const wrongKey = async () => {
      await shop.load([anOrder({ order_id: 'co-2', delivery_address: moved })]);
      return new HttpResponse(null, { status: 401 });
    };
    const answers = [wrongKey];
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => answers.shift()?.() ?? new HttpResponse(null, { status: 201 })),
    );
    const shop = await openShop({ url, orders: [anOrder(), anOrder({ order_id: 'co-2' })] });

    const stopped = await shop(DAY, 'ship-due', '--concurrency', '1');
    const status = (await shop(DAY, 'status', 'co-2', '--json')).json();
    await shop(DAY, 'ship-due', '--concurrency', '1');

    expect(stopped.exitCode).toBe(12);
    expect(status.shipments).toMatchObject([
      { status: 'pending', delivery_address: { line_1: '1 New street' } },
    ]);
    expect(received.map(({ body }) => JSON.parse(body))).toMatchObject([
      { order_id: 'co-1' },
      { order_id: 'co-1' },
      { order_id: 'co-2', delivery_address: { line_1: '1 New street' } },
    ]);
  });

  it('goes out when a run has claimed it and its order is made inactive then: seed names it', async () => {
    let paused = '';
    const { url, received } = await startProvider(
      http.post(at('/orders'), async () => {
        if (paused === '') paused = (await shop.load([anOrder({ active: false })])).stdout;
        return new HttpResponse(null, { status: 201 });
      }),
    );
    const shop = await openShop({ url, orders: [anOrder()] });

    await shop(DAY, 'ship-due');

    expect(paused).toContain('sends although their order is not active: 1 (co-1).');
    expect(received).toHaveLength(1);
  });

  it('goes to its new provider when it was claimed by a run then: all others go all the same', async () => {
    const answers = [new HttpResponse(null, { status: 401 })];
    const load: (() => Promise<unknown>)[] = [
      () => shop.load([anOrder({ order_id: 'co-2', provider: 'oddpost' })]),
    ];
    const { url, received } = await startProvider(
      http.post(at('/orders'), async () => {
        await load.shift()?.();
        return answers.shift() ?? new HttpResponse(null, { status: 201 });
      }),
      http.post(at('/v2/consignments'), () =>
        HttpResponse.json({ results: [{ clientReference: 'co-2', state: 'BOOKED', consignmentNo: 'OP1' }] }),
      ),
    );
    const orders = ['co-1', 'co-2', 'co-3'].map((order_id) => anOrder({ order_id }));
    const shop = await openShop({ url, orders });
    await shop(DAY, 'ship-due', '--concurrency', '1');
    const before = received.length;

    const env = { SHIPCTL_ODDPOST_URL: url };
    await shop(DAY, 'ship-due', env);
    await shop(DAY, 'ship-due', env);

    expect(received.slice(before).map(({ path }) => path)).toEqual([
      '/orders',
      '/orders',
      '/v2/consignments',
    ]);
    expect((await shop(DAY, 'status', 'co-2', '--json')).json().shipments).toMatchObject([
      { provider: 'oddpost', status: 'sent' },
    ]);
    expect((await shop(DAY, 'status', '--json')).json().shipments).toMatchObject({ sent: 3, pending: 0 });
  });

  it('says nothing of shipments where nothing changes for them', async () => {
    const { url } = await startProvider(answering());
    const shop = await openShop({ url, orders: [anOrder()] });
    await shop(DAY, 'ship-due', NOBODY);

    const again = await shop.load([anOrder({ active: false })]);

    expect(again.stdout.trim().split('\n')).toHaveLength(1);
  });
});

it('one parcel goes out for an order that was not active for four weeks with a shipment waiting', async () => {
  const { url, received } = await startProvider(answering());
  const shop = await openShop({ url, orders: [anOrder()] });
  await shop(DAY, 'ship-due', NOBODY);
  await shop.load([anOrder({ active: false })]);

  const later = '2026-06-19';
  const again = await shop.load([anOrder()], `${later}T08:00:00Z`);
  const run = await shop(later, 'ship-due', '--json');

  expect(again.stdout).toContain('Shipments cancelled, since a later due date of their order is sent: 1.');
  expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
  expect(idsOf(received)).toEqual(['co-1.20260619']);
  expect((await shop(later, 'status', 'co-1', '--json')).json().shipments).toMatchObject([
    { shipment_id: 'co-1.20260619', status: 'sent', skipped_periods: 3 },
    { shipment_id: 'co-1', status: 'cancelled' },
  ]);
});

it('leaves to a person what may have arrived before its order was inactive: the latest due date goes out', async () => {
  const { url, received } = await startProvider(
    answering(...Array.from({ length: 6 }, () => HttpResponse.error())),
  );
  const shop = await openShop({ url, orders: [anOrder()] });
  await shop(DAY, 'ship-due');
  await shop.load([anOrder({ active: false })]);
  const before = received.length;

  const later = '2026-06-19';
  const again = await shop.load([anOrder()], `${later}T08:00:00Z`);
  const run = await shop(later, 'ship-due', '--json');
  const resolve = await shop(later, 'resolve', 'co-1', '--not-sent', '--reason', 'not in the portal');
  await shop(later, 'ship-due');

  expect(again.stdout).toContain(
    'may have arrived before their order was inactive, to be resolved: 1 (co-1).',
  );
  expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
  expect(idsOf(received.slice(before))).toEqual(['co-1.20260619']);
  expect(resolve.stdout).toContain(
    'it is cancelled (its order was not active until later due dates had come)',
  );
  expect((await shop(later, 'status', 'co-1', '--json')).json().shipments).toMatchObject([
    { shipment_id: 'co-1.20260619', status: 'sent' },
    { shipment_id: 'co-1', status: 'cancelled' },
  ]);
});

it('a run tells of what a dead run held and its order missed: it may have arrived', async () => {
  const { url, received } = await startProvider(answering());
  const shop = await openShop({ url, orders: [anOrder()] });
  await dieSending(shop, DAY);
  await shop.load([anOrder({ active: false })]);

  const later = '2026-06-19';
  await shop.load([anOrder()], `${later}T08:00:00Z`);
  const run = await shop(later, 'ship-due', '--json');

  expect(run).toMatchObject({ exitCode: 3 });
  expect(run.json().counts).toMatchObject({ due: 2, accepted: 1, uncertain: 1 });
  expect(run.json().problems).toMatchObject([{ shipment_id: 'co-1', outcome: 'uncertain' }]);
  expect(idsOf(received)).toEqual(['co-1.20260619']);
});

it('what was rejected and missed is not retried beside the latest due date', async () => {
  const { url, received } = await startProvider(answering(new HttpResponse('no', { status: 422 })));
  const shop = await openShop({ url, orders: [anOrder()] });
  await shop(DAY, 'ship-due');
  await shop.load([anOrder({ active: false })]);
  const later = '2026-06-19';
  await shop.load([anOrder()], `${later}T08:00:00Z`);

  const retry = await shop(later, 'retry', '--rejected', '--reason', 'corrected');
  await shop(later, 'ship-due');

  expect(retry).toMatchObject({ exitCode: 2, stdout: 'Nothing is sent again.\n' });
  expect(retry.stderr).toContain('the latest of them is shipped instead');
  expect(idsOf(received)).toEqual(['co-1', 'co-1.20260619']);
});

it('what is given back goes to a provider that only a later run knows', async () => {
  const { db } = await temporaryDatabase();
  const elsewhere: Provider = { ...fictional, name: 'elsewhere' };
  const both = new Map([
    [fictional.name, fictional],
    [elsewhere.name, elsewhere],
  ]);
  const orders = (provider: string) =>
    readOrders(Buffer.from(JSON.stringify([anOrder({ provider })])), 'a test', both);
  await loadOrders(db, orders('fictional'), DAY);
  const first = await aClaimant(db, DAY);
  await planAndClaim(db, both, first, 1);
  await loadOrders(db, orders('elsewhere'), DAY, (trx, keys) => followOrders(trx, both, keys));

  await db
    .transaction()
    .execute((trx) => giveBack(trx, new Map([[fictional.name, fictional]]), first.run, new Set()));
  const waiting = await db.selectFrom('shipments').select(['status', 'provider']).execute();
  const later = { ...(await aClaimant(db, DAY, { run_id: 'later' })), provider: 'elsewhere' };
  const left = { failed: false, givenBack: false, afterId: 0, limit: 1 };
  const { claimed } = await claimBacklog(db, both, later, left);

  expect(waiting).toEqual([{ status: 'pending', provider: 'elsewhere' }]);
  expect(claimed).toMatchObject([{ shipmentId: 'co-1' }]);
});

it('what waits is rejected when its order becomes what its provider can not be sent', async () => {
  const { db } = await temporaryDatabase();
  const orders = (city: string) =>
    readOrders(
      Buffer.from(JSON.stringify([anOrder({ delivery_address: anAddress({ city }) })])),
      'a test',
      PROVIDERS,
    );
  await loadOrders(db, orders('London'), DAY);
  const claimant = await aClaimant(db, DAY);
  const { claimed } = await planAndClaim(db, PROVIDERS, claimant, 1);
  await unclaim(db, claimed);
  const followed = nothingFollowed();

  await loadOrders(db, orders('Atlantis'), DAY, (trx, keys) => followOrders(trx, PROVIDERS, keys, followed));

  expect(followed).toMatchObject({ corrected: [], kept: [], refused: ['co-1'] });
  expect(await db.selectFrom('shipments').select(['status', 'last_error']).execute()).toEqual([
    {
      status: 'rejected',
      last_error: expect.stringContaining('nobody goes there'),
    },
  ]);
});

const PROVIDERS = new Map<string, Provider>([
  [
    'fictional',
    {
      ...fictional,
      body: (shipment) => {
        if (shipment.deliveryAddress.city === 'Atlantis') throw new Error('nobody goes there');
        return fictional.body(shipment);
      },
    },
  ],
]);
