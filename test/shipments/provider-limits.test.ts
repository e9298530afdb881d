import { expect, test } from 'vitest';
import { findExcess } from '../../src/shipments/provider-limits.ts';
import { aShipment } from '../support/factories.ts';

const TIDYPOST = { name: 'tidypost', limits: { shipmentId: 16, itemId: 5 } };
const { items, deliveryAddress } = aShipment();
const FITTING = { items, deliveryAddress };

test('an order is told that its later shipments and their editions have longer ids than its provider takes', () => {
  const fits = findExcess(TIDYPOST, { ...FITTING, orderId: 'co-1' });
  const exceeds = findExcess(TIDYPOST, { ...FITTING, orderId: 'co-12' });

  expect(fits).toEqual([]);
  expect(exceeds).toEqual([
    { path: 'order_id', message: 'makes a shipment id of 17 characters, and tidypost takes 16' },
  ]);
});

test('no order makes a shipment id of more than 35 characters', () => {
  const longest = { ...FITTING, orderId: 'x'.repeat(35) };

  expect(findExcess({ name: 'tidypost', limits: { shipmentId: 35 } }, longest)).toEqual([]);
});

test('a shipment is measured by the id that it has, and each item by its own', () => {
  const items = ['it-1', 'it-12', 'it-123'].map((itemId) => ({ itemId, quantity: 1, weightGrams: 1 }));

  const found = findExcess(TIDYPOST, { ...FITTING, items, shipmentId: 'co-123.20260529.2' });

  expect(found).toEqual([
    { path: 'order_id', message: 'makes a shipment id of 17 characters, and tidypost takes 16' },
    { path: 'items[2].item_id', message: 'has 6 characters, and tidypost takes 5' },
  ]);
});
