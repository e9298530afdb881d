import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider, RepeatedOrders } from '../../src/providers/provider.ts';
import { resolveShipment } from '../../src/shipments/decisions.ts';
import { readOrderDetail } from '../../src/shipments/order-detail.ts';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { DAY, sendDue } from './support.ts';

const cut = () => HttpResponse.error();
const taken = () => new HttpResponse(null, { status: 201 });

const lookUp: RepeatedOrders = {
  kind: 'look-up',
  settleSeconds: 0,
  request: (shipmentId) => ({ method: 'GET', path: `/orders/${shipmentId}`, headers: {} }),
  reading: ({ status }) => ({ kind: status === 200 ? 'has-it' : status === 404 ? 'has-it-not' : 'unclear' }),
};

describe('a shipment whose answer was lost', () => {
  it('is left to a person where the provider would not recognise it', async () => {
    const { url, received } = await startProvider(http.post(at('/orders'), cut));
    const { db } = await shopWith(['co-1']);

    const first = await run(db, url, { kind: 'unrecognised' });
    const second = await run(db, url, { kind: 'unrecognised' });

    expect(first.counts).toMatchObject({ due: 1, accepted: 0, uncertain: 1, retrying: 0 });
    expect(first.problems).toMatchObject([{ orderId: 'co-1', shipmentId: 'co-1', outcome: 'uncertain' }]);
    expect(second.counts.due).toBe(0);
    expect(received).toHaveLength(1);
  });

  it('is sent again when the person says that the provider does not have it', async () => {
    const answers = [cut(), taken()];
    const { url, received } = await startProvider(http.post(at('/orders'), () => answers.shift()));
    const { db } = await shopWith(['co-1']);
    await run(db, url, { kind: 'unrecognised' });

    await resolveShipment(db, new Map([[fictional.name, fictional]]), 'co-1', 'not-sent', {
      by: 'anna',
      reason: 'not in the portal',
      nowMs: 1,
    });
    const second = await run(db, url, { kind: 'unrecognised' });

    expect(second.counts).toMatchObject({ due: 1, accepted: 1 });
    expect(received).toHaveLength(2);
    expect((await readOrderDetail(db, 'co-1'))?.shipments[0]).toMatchObject({
      status: 'sent',
      decisions: [{ decision: 'not-sent', decidedBy: 'anna', reason: 'not in the portal' }],
    });
  });

  it('is not sent again when the provider, asked, has it', async () => {
    const { url, received } = await startProvider(
      http.post(at('/orders'), cut),
      http.get(at('/orders/co-1'), () => HttpResponse.json({ order_id: 'co-1' })),
    );
    const { db } = await shopWith(['co-1']);

    const summary = await run(db, url, lookUp);

    expect(summary.counts).toMatchObject({ due: 1, accepted: 1 });
    expect(received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /orders',
      'GET /orders/co-1',
    ]);
  });

  it('is sent again when the provider, asked, does not have it; and asked again as long as it is unclear', async () => {
    const orders = [cut(), taken()];
    const lookUps = [new HttpResponse('<html>', { status: 500 }), new HttpResponse(null, { status: 404 })];
    const { url, received } = await startProvider(
      http.post(at('/orders'), () => orders.shift()),
      http.get(at('/orders/co-1'), () => lookUps.shift()),
    );
    const { db } = await shopWith(['co-1']);

    const summary = await run(db, url, lookUp);

    expect(summary.counts).toMatchObject({ due: 1, accepted: 1 });
    expect(received.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET', 'POST']);
  });

  it('is sent again without asking where nothing can have arrived', async () => {
    const { db } = await shopWith(['co-1']);
    const { url, received } = await startProvider(http.post(at('/orders'), taken));

    const refused = await run(db, 'http://127.0.0.1:9', { kind: 'unrecognised' });
    const second = await run(db, url, { kind: 'unrecognised' });

    expect(refused.counts).toMatchObject({ due: 1, retrying: 1, uncertain: 0 });
    expect(second.counts).toMatchObject({ due: 1, accepted: 1 });
    expect(received).toHaveLength(1);
  });
});

describe('a shipment that a dead run was sending', () => {
  it('is nobody’s before the lease ends, and then sent again by the one that waited', async () => {
    const { url, received } = await startProvider(http.post(at('/orders'), taken));
    const { db } = await shopWith(['co-1']);
    await leaveSending(db, { leaseMs: 400 });

    const started = performance.now();
    const summary = await run(db, url, { kind: 'recognised' });

    expect(performance.now() - started).toBeGreaterThan(390);
    expect(summary.counts).toMatchObject({ due: 1, accepted: 1 });
    expect(received).toHaveLength(1);
    expect((await readOrderDetail(db, 'co-1'))?.shipments[0]?.attempts).toMatchObject([
      { outcome: 'interrupted' },
      { outcome: 'accepted' },
    ]);
  });

  it('is rescued although its lease ends in a year by the clock, once that was not renewed for its length', async () => {
    const { url } = await startProvider(http.post(at('/orders'), taken));
    const { db } = await shopWith(['co-1']);
    await leaveSending(db, { leaseEndsInMs: 365 * 86_400_000 });

    const summary = await run(db, url, { kind: 'recognised' });

    expect(summary.counts).toMatchObject({ due: 1, accepted: 1 });
  });

  it('is left to a person where the provider would not recognise it', async () => {
    const { url, received } = await startProvider(http.post(at('/orders'), taken));
    const { db } = await shopWith(['co-1']);
    await leaveSending(db);

    const summary = await run(db, url, { kind: 'unrecognised' });

    expect(summary.counts).toMatchObject({ due: 1, uncertain: 1 });
    expect(received).toEqual([]);
  });

  it('is sent last and alone after two deaths, and never again after two more', async () => {
    const order: string[] = [];
    let underWay = 0;
    const { url } = await startProvider(
      http.post<never, { order_id: string }>(at('/orders'), async ({ request }) => {
        underWay += 1;
        const { order_id } = await request.json();
        await new Promise((done) => setTimeout(done, 30));
        order.push(`${order_id} with ${underWay - 1} others`);
        underWay -= 1;
        return taken();
      }),
    );
    const { db } = await shopWith(['co-1', 'co-2', 'co-3', 'co-4']);
    await leaveSending(db, { crash_count: 1, orderIds: ['co-1', 'co-2'] });

    const summary = await run(db, url, { kind: 'recognised' });

    expect(summary.counts).toMatchObject({ due: 4, accepted: 4 });
    expect(order.slice(2)).toEqual(['co-1 with 0 others', 'co-2 with 0 others']);

    const { db: later } = await shopWith(['co-1', 'co-2']);
    await leaveSending(later, { crash_count: 3, orderIds: ['co-1'] });
    const poisoned = await run(later, url, { kind: 'recognised' });
    expect(poisoned.counts).toMatchObject({ due: 2, accepted: 1, uncertain: 1 });
    expect(poisoned.problems).toMatchObject([
      { shipmentId: 'co-1', message: expect.stringContaining('died 4 times') },
    ]);
  });
});

describe('an order that can’t be planned', () => {
  it.each<[string, () => string, string]>([
    [
      'fails',
      () => {
        throw new RangeError('no such parcel size');
      },
      'provider fictional can not make a body of it: RangeError: no such parcel size',
    ],
    ['makes no text', () => JSON.parse('5'), 'provider fictional made no text of it but a number'],
    [
      'makes half of a surrogate pair',
      () => '{"recipient":"Jo\ud83d"}',
      'provider fictional made a body of it that holds half of a surrogate pair',
    ],
    [
      'makes a NUL character',
      () => '{"recipient":"Jo\0"}',
      'provider fictional made a body of it that holds a NUL character',
    ],
  ])('is blocked with its reason, and the others go: its provider %s', async (_what, body, problem) => {
    const { url, received } = await startProvider(http.post(at('/orders'), taken));
    const { db } = await shopWith(['co-1', 'co-2', 'co-3']);
    const failing: Partial<Provider> = {
      body: (shipment) => (shipment.shipmentId === 'co-2' ? body() : fictional.body(shipment)),
    };

    const first = await run(db, url, { kind: 'recognised' }, failing);
    const second = await run(db, url, { kind: 'recognised' }, failing);

    expect(first.counts).toMatchObject({ due: 3, accepted: 2, rejected: 1 });
    expect(first.problems).toMatchObject([{ orderId: 'co-2', shipmentId: null, message: problem }]);
    expect(second.counts.due).toBe(0);
    expect(received).toHaveLength(2);
    expect(await readOrderDetail(db, 'co-2')).toMatchObject({ problem });
    await load(db, ['co-2']);
    expect((await run(db, url, { kind: 'recognised' })).counts).toMatchObject({ due: 1, accepted: 1 });
  });
});

async function shopWith(orderIds: readonly string[]) {
  const database = await temporaryDatabase();
  await load(database.db, orderIds);
  return database;
}

async function load(db: Db, orderIds: readonly string[]) {
  const orders = orderIds.map((order_id) => anOrder({ order_id, starts_on: DAY }));
  await loadOrders(
    db,
    readOrders(Buffer.from(JSON.stringify(orders)), 'test', new Map([['fictional', fictional]])),
    DAY,
  );
}

function run(db: Db, url: string, repeatedOrders: RepeatedOrders, overrides: Partial<Provider> = {}) {
  return sendDue(db, [{ provider: { ...fictional, repeatedOrders, ...overrides }, url }]);
}

/** What a run leaves behind that dies while it is sending. */
async function leaveSending(
  db: Db,
  left: { leaseEndsInMs?: number; leaseMs?: number; crash_count?: number; orderIds?: string[] } = {},
) {
  const { id } = await db
    .insertInto('runs')
    .values({
      run_id: 'dead',
      shipping_interval: null,
      as_of: DAY,
      started_at: 0,
      lease_ms: left.leaseMs ?? 300,
      lease_until: Date.now() + (left.leaseEndsInMs ?? 0),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const orderId of left.orderIds ?? ['co-1']) {
    const order = await db
      .selectFrom('customer_orders')
      .select('id')
      .where('order_id', '=', orderId)
      .executeTakeFirstOrThrow();
    await db
      .insertInto('shipments')
      .values({
        customer_order: order.id,
        due_on: DAY,
        shipment_id: orderId,
        provider: 'fictional',
        body: JSON.stringify({ order_id: orderId }),
        status: 'sending',
        skipped_periods: 0,
        claim: 1,
        crash_count: left.crash_count ?? 0,
        run: id,
      })
      .execute();
    await db
      .updateTable('customer_orders')
      .set({ next_due_on: '2026-05-29', last_due_on: DAY })
      .where('id', '=', order.id)
      .execute();
  }
}
