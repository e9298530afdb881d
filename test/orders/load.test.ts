import { describe, expect, test } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { findOrders } from '../../src/orders/queries.ts';
import { firstDueAfter } from '../../src/orders/schedule.ts';
import { anAddress, anItem, anOrder } from '../support/factories.ts';
import { temporaryDatabase } from '../support/workspace.ts';

const TODAY = '2026-05-22';

test('a new order is due on its start, or today where it has none', async () => {
  const { db } = await temporaryDatabase();

  const result = await load(db, [anOrder(), anOrder({ order_id: 'co-2', starts_on: '2026-01-31' })]);

  expect(result.orders).toEqual({ new: 2, changed: 0, unchanged: 0 });
  expect(await schedules(db)).toEqual([
    { order_id: 'co-1', starts_on: '2026-05-22', next_due_on: '2026-05-22', last_due_on: null },
    { order_id: 'co-2', starts_on: '2026-01-31', next_due_on: '2026-01-31', last_due_on: null },
  ]);
});

test('everything of an order is stored and found again', async () => {
  const { db } = await temporaryDatabase();
  const items = [anItem({ item_id: 'z' }), anItem({ item_id: 'a', quantity: 3, weight: 250 })];

  await load(db, [
    anOrder({ items, active: false, delivery_address: anAddress({ recipient: '佐藤 花子' }) }),
  ]);

  expect((await findOrders(db, ['co-1'])).get('co-1')).toEqual({
    key: 1,
    version: 1,
    orderId: 'co-1',
    provider: 'fictional',
    deliveryService: 'standard',
    shippingInterval: 'weekly',
    startsOn: '2026-05-22',
    nextDueOn: '2026-05-22',
    lastDueOn: null,
    missedUpTo: null,
    problem: null,
    active: false,
    items: [
      { itemId: 'z', quantity: 2, weightGrams: 10 },
      { itemId: 'a', quantity: 3, weightGrams: 250 },
    ],
    deliveryAddress: {
      recipient: '佐藤 花子',
      line1: 'The battleship building',
      line2: '179 harrow road',
      city: 'London',
      postcode: 'W2 6NB',
      country: 'GB',
    },
  });
});

describe('an order that is stored already', () => {
  test('stays as it is where nothing changed, on any later day', async () => {
    const { db } = await temporaryDatabase();
    await load(db, [anOrder()]);
    await shipped(db, '2026-05-22', '2026-05-29');

    const result = await load(db, [anOrder()], '2026-05-25');

    expect(result.orders).toEqual({ new: 0, changed: 0, unchanged: 1 });
    expect(await schedules(db)).toEqual([
      { order_id: 'co-1', starts_on: '2026-05-22', next_due_on: '2026-05-29', last_due_on: '2026-05-22' },
    ]);
  });

  test.each([
    ['address', { delivery_address: anAddress({ line_2: '' }) }],
    ['an item’s quantity', { items: [anItem({ quantity: 3 })] }],
    ['one item more', { items: [anItem(), anItem({ item_id: 'it-2' })] }],
    ['delivery service', { delivery_service: 'express' }],
    ['provider', { provider: 'royal-post' }],
    ['activity', { active: false }],
    [
      'every field of the address',
      {
        delivery_address: {
          recipient: '이지은',
          line_1: '세종대로 110',
          line_2: '2층',
          city: '서울특별시',
          postcode: '04524',
          country: 'KR',
        },
      },
    ],
  ])('takes over its %s, and its schedule stays', async (_, change) => {
    const { db } = await temporaryDatabase();
    await load(db, [anOrder()]);
    await shipped(db, '2026-05-22', '2026-05-29');

    const first = await load(db, [anOrder(change)], '2026-05-25');
    const second = await load(db, [anOrder(change)], '2026-05-26');

    expect(first.orders).toEqual({ new: 0, changed: 1, unchanged: 0 });
    expect(second.orders).toEqual({ new: 0, changed: 0, unchanged: 1 });
    expect(await schedules(db)).toEqual([
      { order_id: 'co-1', starts_on: '2026-05-22', next_due_on: '2026-05-29', last_due_on: '2026-05-22' },
    ]);
  });

  test('loses the items that it no longer has, and keeps the order of the others', async () => {
    const { db } = await temporaryDatabase();
    const [one, two, three] = ['it-1', 'it-2', 'it-3'].map((item_id) => anItem({ item_id }));
    await load(db, [anOrder({ items: [one, two, three] }), anOrder({ order_id: 'co-2' })]);

    await load(db, [anOrder({ items: [three, one] })]);

    const stored = await findOrders(db, ['co-1', 'co-2']);
    expect(stored.get('co-1')?.items.map((item) => item.itemId)).toEqual(['it-3', 'it-1']);
    expect(stored.get('co-2')?.items.map((item) => item.itemId)).toEqual(['it-1']);
  });

  test.each<['weekly' | 'monthly', 'weekly' | 'monthly', string | null, string]>([
    ['weekly', 'monthly', '2026-06-05', '2026-06-22'],
    ['monthly', 'weekly', '2026-06-22', '2026-06-26'],
    ['monthly', 'weekly', null, '2026-05-22'],
  ])(
    'goes from %s to %s with the first due date after the last one planned (%s), and back',
    async (from, to, last, expected) => {
      const { db } = await temporaryDatabase();
      await load(db, [anOrder({ shipping_interval: from })]);
      if (last !== null) await shipped(db, last, firstDueAfter('2026-05-22', from, last));
      const before = await schedules(db);

      const result = await load(db, [anOrder({ shipping_interval: to })], '2026-06-01');
      const changed = await schedules(db);
      await load(db, [anOrder({ shipping_interval: from })], '2026-06-02');

      expect(result.orders.changed).toBe(1);
      expect(changed[0]).toMatchObject({ starts_on: '2026-05-22', next_due_on: expected });
      expect(await schedules(db)).toEqual(before);
    },
  );

  test('keeps its start, and says so where the file has another', async () => {
    const { db } = await temporaryDatabase();
    const moved = ['co-1', 'co-2', 'co-3', 'co-4', 'co-5'].map((order_id) => anOrder({ order_id }));
    await load(db, moved);

    const result = await load(
      db,
      moved.map((order) => ({ ...order, starts_on: order.order_id === 'co-1' ? TODAY : '2026-08-01' })),
    );

    expect(result).toEqual({
      orders: { new: 0, changed: 0, unchanged: 5 },
      keptStarts: { count: 4, firstIds: ['co-2', 'co-3', 'co-4'] },
    });
    expect((await schedules(db)).map((order) => order.starts_on)).toEqual(moved.map(() => TODAY));
  });
});

test('orders that are not among those loaded are left alone', async () => {
  const { db } = await temporaryDatabase();
  await load(db, [anOrder(), anOrder({ order_id: 'co-2' })]);

  await load(db, [anOrder({ order_id: 'co-3' })]);

  expect((await schedules(db)).map((order) => order.order_id)).toEqual(['co-1', 'co-2', 'co-3']);
});

test('nothing is stored where reading the orders fails half way', async () => {
  const { db } = await temporaryDatabase();
  function* failing() {
    yield* generateOrders(2_500, undefined);
    throw new Error('cut off');
  }

  await expect(loadOrders(db, failing(), TODAY)).rejects.toThrow('cut off');

  expect(await schedules(db)).toEqual([]);
});

test('more orders than fit in one statement are all stored, with all their items', async () => {
  const { db } = await temporaryDatabase();

  const first = await loadOrders(db, generateOrders(1_500, undefined), TODAY);
  const second = await loadOrders(db, generateOrders(2_500, undefined), '2026-06-01');

  expect(first.orders).toEqual({ new: 1_500, changed: 0, unchanged: 0 });
  expect(second).toEqual({
    orders: { new: 1_000, changed: 0, unchanged: 1_500 },
    keptStarts: { count: 0, firstIds: [] },
  });
  const items = [...generateOrders(2_500, undefined)].reduce((sum, order) => sum + order.items.length, 0);
  const stored = await db
    .selectFrom('customer_order_items')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirst();
  expect(stored?.count).toBe(items);
});

function load(db: Db, orders: readonly unknown[], today = TODAY) {
  const bytes = Buffer.from(JSON.stringify(orders));
  return loadOrders(
    db,
    readOrders(
      bytes,
      'orders.json',
      new Map(['fictional', 'royal-post'].map((name) => [name, { name, limits: {} }])),
    ),
    today,
  );
}

function shipped(db: Db, lastDueOn: string, nextDueOn: string) {
  return db.updateTable('customer_orders').set({ last_due_on: lastDueOn, next_due_on: nextDueOn }).execute();
}

function schedules(db: Db) {
  return db
    .selectFrom('customer_orders')
    .select(['order_id', 'starts_on', 'next_due_on', 'last_due_on'])
    .orderBy('order_id')
    .execute();
}
