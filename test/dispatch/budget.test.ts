import fc from 'fast-check';
import { expect, test } from 'vitest';
import { divideLimit } from '../../src/dispatch/run/limit.ts';

test.each([
  [4, [5, 10], [2, 2]],
  [25, [1, 30], [1, 24]],
  [10, [0, 3, 20], [0, 3, 7]],
  [100, [1, 2], [1, 2]],
  [2, [5, 0, 5], [1, 0, 1]],
])('divides %i among %j as %j', (limit, work, expected) => {
  expect(divideLimit(limit, work, () => 0).map(({ left }) => left)).toEqual(expected);
});

test.each([
  [1, [2, 10], 0, [1, 0]],
  [1, [2, 10], 0.5, [0, 1]],
  [1, [0, 2, 10], 0.5, [0, 0, 1]],
  [2, [5, 5, 5], 0.4, [0, 1, 1]],
  [2, [5, 5, 5], 0.7, [1, 0, 1]],
  [2, [5, 5, 5], 1, [1, 1, 0]],
])(
  'a limit of %i, less than one for each of %j, goes to those that are drawn by %d: %j',
  (limit, work, drawn, expected) => {
    expect(divideLimit(limit, work, () => drawn).map(({ left }) => left)).toEqual(expected);
  },
);

test('uses the whole limit where there is enough to do, and never more', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.array(fc.nat(500), { minLength: 1, maxLength: 8 }), (limit, work) => {
      const shares = divideLimit(limit, work, Math.random).map(({ left }) => left);

      const all = work.reduce((sum, amount) => sum + amount, 0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(Math.min(limit, all));
      shares.forEach((share, index) => {
        expect(share).toBeLessThanOrEqual(work[index] ?? 0);
      });
    }),
  );
});
