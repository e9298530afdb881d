import { expect, test } from 'vitest';
import { type Rate, rateOf, takeSlot } from '../../../src/dispatch/send/pace/rate.ts';

/** When each of so many requests may begin that want to as soon as they can, from `startMs` on. */
function starts(rate: Rate, count: number, startMs: number): number[] {
  const times: number[] = [];
  let free = rate;
  for (let now = startMs; times.length < count; ) {
    times.push(now);
    free = takeSlot(free, now);
    now = Math.max(now, free.freeAt);
  }
  return times;
}

test('without a limit every request may begin at once', () => {
  expect(starts(rateOf(null), 3, 1_000)).toEqual([1_000, 1_000, 1_000]);
});

test('requests are as far apart as the limit says', () => {
  expect(starts(rateOf(4), 4, 0)).toEqual([0, 250, 500, 750]);
});

test('a late timer is made up for by up to 50 ms, a longer rest is not', () => {
  const rate = takeSlot(rateOf(10), 1_000);

  expect(rate.freeAt).toBe(1_050);
  expect(takeSlot(rate, 1_080).freeAt).toBe(1_150);
  expect(takeSlot(rate, 1_120).freeAt).toBe(1_170);
  expect(takeSlot(rate, 9_000).freeAt).toBe(9_050);
});
