import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shipmentId } from '../../src/shipments/shipment-id.ts';

const idCharacters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
const anOrderId = fc.string({ unit: fc.constantFrom(...idCharacters), minLength: 1, maxLength: 35 });
const aDueDate = fc
  .date({ min: new Date('1970-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));

test('is the order’s own id for the first shipment', () => {
  expect(shipmentId('co-1', '2026-05-22', true)).toBe('co-1');
  expect(shipmentId('a'.repeat(35), '2026-05-22', true)).toBe('a'.repeat(35));
});

test('carries the due date for every later shipment', () => {
  expect(shipmentId('co-1', '2026-05-29', false)).toBe('co-1.20260529');
  expect(shipmentId('abcdefghijklmnopqrstuvwxyz', '2026-05-29', false)).toBe(
    'abcdefghijklmnopqrstuvwxyz.20260529',
  );
});

test('gives up the tail of a long order id for a hash of the whole', () => {
  expect(shipmentId('abcdefghijklmnopqrstuvwxyz0', '2026-05-29', false)).toBe(
    'abcdefghijklm.yqdtgn08cwni.20260529',
  );
  expect(shipmentId('abcdefghijklmnopqrstuvwxyz1', '2026-05-29', false)).toBe(
    'abcdefghijklm.tq53tn2oi0kd.20260529',
  );
});

test('is at most 35 characters long and ends with the due date', () => {
  fc.assert(
    fc.property(anOrderId, aDueDate, (orderId, dueOn) => {
      const id = shipmentId(orderId, dueOn, false);

      expect(id.length).toBeLessThanOrEqual(35);
      expect(id).toMatch(/^[A-Za-z0-9_-]{1,26}(\.[0-9a-z]{12})?\.\d{8}$/);
      expect(id.slice(-8)).toBe(dueOn.replaceAll('-', ''));
    }),
  );
});

test('is the same for the same shipment and another for another one', () => {
  const aShipment = fc.record({ orderId: anOrderId, dueOn: aDueDate, isFirst: fc.boolean() });
  fc.assert(
    fc.property(aShipment, aShipment, (one, other) => {
      const isSame = one.orderId === other.orderId && one.isFirst && other.isFirst;

      expect(idOf(one)).toBe(idOf(one));
      expect(idOf(one) === idOf(other)).toBe(isSame || JSON.stringify(one) === JSON.stringify(other));
    }),
  );
});

test('differs for long order ids that differ at their ends only', () => {
  const aStart = fc.string({ unit: fc.constantFrom(...idCharacters), minLength: 26, maxLength: 31 });
  const aTail = fc.stringMatching(/^[a-z0-9]{1,4}$/);
  fc.assert(
    fc.property(aStart, aTail, aTail, aDueDate, (start, tail, otherTail, dueOn) => {
      fc.pre(tail !== otherTail);

      expect(shipmentId(start + tail, dueOn, false)).not.toBe(shipmentId(start + otherTail, dueOn, false));
    }),
  );
});

function idOf({ orderId, dueOn, isFirst }: { orderId: string; dueOn: string; isFirst: boolean }): string {
  return shipmentId(orderId, dueOn, isFirst);
}
