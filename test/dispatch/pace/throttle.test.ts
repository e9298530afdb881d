import { describe, expect, it } from 'vitest';
import {
  extend,
  recover,
  slowDown,
  type Throttle,
  UNTHROTTLED,
} from '../../../src/dispatch/send/pace/throttle.ts';

describe('a throttle', () => {
  it('waits for as long as the provider asks', () => {
    expect(slowDown(UNTHROTTLED, 9, 1_000).until).toBe(10_000);
  });

  it.each([null, 0])('pauses longer each time where it is asked for %s seconds', (seconds) => {
    const pauses: number[] = [];
    let throttle = UNTHROTTLED;
    for (let times = 0; times < 7; times += 1) {
      const now = throttle.until;
      throttle = slowDown(throttle, seconds, now);
      pauses.push(throttle.until - now);
    }

    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000]);
  });

  it('begins with a short pause again after an answer', () => {
    const throttle = recover(slowDown(slowDown(UNTHROTTLED, null, 0), null, 1_000));

    expect(slowDown(throttle, null, 3_000).until).toBe(4_000);
  });

  it('takes the answers to requests that were under way for no new pauses', () => {
    const one = slowDown(UNTHROTTLED, 2, 0);
    const two = slowDown(one, 2, 30);

    expect(two).toMatchObject({ until: 2_030, inRow: 1 });
    expect(slowDown(one, null, 1_999)).toEqual(one);
    expect(slowDown(one, null, 2_000)).toMatchObject({ until: 4_000, inRow: 2 });
  });

  it('lets the later of two ends hold, whoever says it first', () => {
    const long = slowDown(UNTHROTTLED, 50, 0);

    expect(slowDown(long, 2, 10).until).toBe(50_000);
    expect(extend(long, 40_000, 10).until).toBe(50_000);
    expect(extend(long, 55_000, 10).until).toBe(55_000);
  });

  it('has no patience with more than a minute, from the provider or from another run', () => {
    expect(slowDown(UNTHROTTLED, 60, 0).isPatienceLost).toBe(false);
    expect(slowDown(UNTHROTTLED, 61, 0).isPatienceLost).toBe(true);
    expect(slowDown(slowDown(UNTHROTTLED, 1, 0), 61, 10).isPatienceLost).toBe(true);
    expect(extend(UNTHROTTLED, 60_000, 0).isPatienceLost).toBe(false);
    expect(extend(UNTHROTTLED, 60_001, 0).isPatienceLost).toBe(true);
  });

  it('has no patience with a provider that throttles for more than a minute without an answer', () => {
    const every = (seconds: number, until: number, from: Throttle = UNTHROTTLED) => {
      let throttle = from;
      for (let now = 0; now <= until; now += seconds * 1_000) throttle = slowDown(throttle, seconds, now);
      return throttle;
    };

    expect(every(40, 40_000).isPatienceLost).toBe(false);
    expect(every(40, 80_000).isPatienceLost).toBe(true);
    expect(slowDown(recover(every(40, 40_000)), 40, 80_000).isPatienceLost).toBe(false);
  });

  it('keeps no pause for longer than a day', () => {
    expect(slowDown(UNTHROTTLED, 999_999_999, 0).until).toBe(86_400_000);
    expect(slowDown(slowDown(UNTHROTTLED, 1, 0), 999_999_999, 10).until).toBe(86_400_010);
  });
});
