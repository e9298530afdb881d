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
  const aShipment = fc.tuple(anOrderId, aDueDate, fc.boolean());
  // Ids that differ in their last characters only are where a shortened id could clash.
  const aTwin = fc
    .tuple(aShipment, fc.stringMatching(/^[a-z0-9]{1,4}$/))
    .map(([[orderId, dueOn, first], tail]) => {
      const twin = (orderId + 'x'.repeat(35)).slice(0, 31) + tail;
      return [
        [(orderId + 'x'.repeat(35)).slice(0, 31), dueOn, first] as const,
        [twin, dueOn, first] as const,
      ] as const;
    });
  fc.assert(
    fc.property(fc.oneof(fc.tuple(aShipment, aShipment), aTwin), ([one, other]) => {
      const sameShipment = one[0] === other[0] && one[2] === other[2] && (one[2] || one[1] === other[1]);

      expect(shipmentId(...one)).toBe(shipmentId(...one));
      expect(shipmentId(...one) === shipmentId(...other)).toBe(sameShipment);
    }),
    { numRuns: 1_000 },
  );
});
