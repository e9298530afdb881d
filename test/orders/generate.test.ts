import { expect, test } from 'vitest';
import { generateOrders } from '../../src/orders/generate.ts';
import type { CustomerOrder } from '../../src/orders/order.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { fictional } from '../../src/providers/fictional.ts';

test('are numbered from one and do not depend on how many there are', () => {
  const few = [...generateOrders(3, undefined)];
  const many = [...generateOrders(50, undefined)];

  expect(few.map((order) => order.orderId)).toEqual(['gen-0000001', 'gen-0000002', 'gen-0000003']);
  expect(many.slice(0, 3)).toEqual(few);
});

test('are the same every time', () => {
  const last = [...generateOrders(50, undefined)].at(-1);

  expect(last).toEqual({
    orderId: 'gen-0000050',
    provider: 'fictional',
    deliveryService: 'standard',
    shippingInterval: 'monthly',
    startsOn: undefined,
    active: true,
    items: [
      { itemId: 'it-351', quantity: 1, weightGrams: 660 },
      { itemId: 'it-352', quantity: 2, weightGrams: 689 },
      { itemId: 'it-353', quantity: 3, weightGrams: 718 },
    ],
    deliveryAddress: {
      recipient: 'Grażyna Kowalczyk',
      line1: '51 High Street',
      line2: 'Flat 11',
      city: 'Αθήνα',
      postcode: '105 57',
      country: 'GR',
    },
  });
});

test('are weekly and monthly in turn, or all of the interval asked for', () => {
  const intervals = (interval?: 'weekly' | 'monthly') =>
    [...generateOrders(4, interval)].map((order) => order.shippingInterval);

  expect(intervals()).toEqual(['weekly', 'monthly', 'weekly', 'monthly']);
  expect(intervals('monthly')).toEqual(['monthly', 'monthly', 'monthly', 'monthly']);
});

test('are as valid as those of a file, and varied', () => {
  const orders = [...generateOrders(20_000, undefined)];

  expect(
    readOrders(
      Buffer.from(JSON.stringify(orders.map(asInFile))),
      'orders.json',
      new Map([['fictional', fictional]]),
    ),
  ).toEqual(orders);
  const kinds = (of: (order: CustomerOrder) => unknown) => new Set(orders.map(of)).size;
  expect(kinds((order) => order.deliveryService)).toBe(2);
  expect(kinds((order) => order.items.length)).toBe(4);
  expect(kinds((order) => order.deliveryAddress.recipient)).toBeGreaterThan(100);
  expect(kinds((order) => order.deliveryAddress.country)).toBeGreaterThan(5);
});

function asInFile({ deliveryAddress, items, ...order }: CustomerOrder) {
  const { line1, line2, ...rest } = deliveryAddress;
  return {
    order_id: order.orderId,
    delivery_service: order.deliveryService,
    shipping_interval: order.shippingInterval,
    items: items.map((item) => ({ item_id: item.itemId, quantity: item.quantity, weight: item.weightGrams })),
    delivery_address: { ...rest, line_1: line1, line_2: line2 },
  };
}
