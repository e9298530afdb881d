import { describe, expect, it } from 'vitest';
import { createPace, type Pace, type Turn } from '../../../src/dispatch/send/pace/pace.ts';
import type { Outcome } from '../../../src/providers/provider.ts';
import { aManualClock } from '../../support/clock.ts';

const ACCEPTED: Outcome = { kind: 'accepted', httpStatus: 201 };
const REJECTED: Outcome = { kind: 'rejected', httpStatus: 422, message: 'HTTP 422' };
const NOT_FOUND: Outcome = { kind: 'rejected', httpStatus: 404, message: 'HTTP 404', notFound: true };
const FAILED: Outcome = { kind: 'unanswered', httpStatus: null, message: 'no answer' };
const UNSENT: Outcome = { kind: 'unsent', message: 'no connection' };
const UNAUTHORIZED: Outcome = { kind: 'unauthorized', httpStatus: 401, message: 'HTTP 401' };
const WRONG_ADDRESS: Outcome = { kind: 'wrong-address', httpStatus: 405, message: 'HTTP 405' };

describe('while a provider is well', () => {
  it('grants turns at once, and everybody one', async () => {
    const { waitFor } = aPace();

    expect(waitFor(3)).toEqual([]);
    expect(await settle(waitFor(3))).toEqual(['request', 'request', 'request']);
  });

  it('grants turns as far apart as the rate limit says', async () => {
    const { waitFor, clock } = aPace({ rateLimit: 10 });
    await clock.advance(1_000);
    const granted = waitFor(5);

    await clock.advance(49);
    const first = granted.length;
    await clock.advance(1);
    const second = granted.length;
    await clock.advance(200);

    expect([first, second, granted.length]).toEqual([1, 2, 4]);
  });

  it('grants none once it is stopped, also to those that wait', async () => {
    const { pace, stop, waitFor, clock } = aPace({ pausedForMs: 30_000 });
    const granted = waitFor(2);

    await clock.advance(1_000);
    stop.abort();
    await clock.advance(0);

    expect(granted).toEqual([undefined, undefined]);
    expect(await pace.turn()).toBeUndefined();
  });
});

describe('when a provider fails', () => {
  it('lets a single request probe, however many wait', async () => {
    const { pace, waitFor, clock } = aPace();
    await fail(pace, 20);
    const granted = waitFor(3);

    await clock.advance(499);
    const before = [...granted];
    await clock.advance(10_000);

    expect(before).toEqual([]);
    expect(granted).toEqual(['probe']);
  });

  it('probes again when the one that probed was not sent', async () => {
    const { pace, waitFor, clock } = aPace();
    await fail(pace, 20);
    const granted = waitFor(2);
    await clock.advance(500);

    pace.skipped('probe');
    await clock.advance(50);

    expect(granted).toEqual(['probe', 'probe']);
  });

  it('probes at growing distances, and gives up after 20 seconds', async () => {
    const { pace, clock } = aPace();
    const times: number[] = [];
    await fail(pace, 20);
    const probing = (async () => {
      for (let turn = await pace.turn(); turn; turn = await pace.turn()) {
        times.push(clock.monotonic());
        pace.saw(UNSENT, turn);
      }
    })();

    await clock.advance(60_000);
    await probing;

    expect(times).toEqual([500, 1_500, 3_500, 7_500, 15_500, 30_500]);
    expect(pace.availability()).toBe('unavailable');
    expect(pace.trouble()).toBe('no connection');
  });

  it('lets everybody go on when the probe was answered', async () => {
    const { pace, waitFor, clock } = aPace();
    await fail(pace, 20);
    const granted = waitFor(3);
    await clock.advance(500);

    pace.saw(REJECTED, 'probe');
    await clock.advance(50);

    expect(granted).toEqual(['probe', 'request', 'request']);
    expect(pace.availability()).toBe('available');
  });

  it.each([ACCEPTED, FAILED, UNSENT, { ...throttled(1) }])(
    'ends a probe with whatever it came to: %o',
    async (outcome) => {
      const { pace, waitFor, clock } = aPace();
      await fail(pace, 20);
      await clock.advance(500);
      await settle(waitFor(1));

      pace.saw(outcome, 'probe');
      const granted = waitFor(1);
      await clock.advance(1_000);

      expect(granted).toHaveLength(1);
    },
  );

  it('is not moved by the wall clock', async () => {
    const { pace, waitFor, clock } = aPace();
    await fail(pace, 20);
    const granted = waitFor(1);

    clock.setWall(Date.parse('2030-01-01'));
    await clock.advance(499);
    const before = granted.length;
    clock.setWall(Date.parse('2020-01-01'));
    await clock.advance(1);

    expect([before, granted.length]).toEqual([0, 1]);
  });

  it('calls one that never answered unavailable, though it was asked a few times only', async () => {
    const { pace } = aPace();

    await fail(pace, 1);
    const before = pace.availability();
    pace.saw(ACCEPTED, 'request');
    await fail(pace, 1);

    expect([before, pace.availability()]).toEqual(['unavailable', 'available']);
  });
});

describe('when a provider throttles', () => {
  it('begins nothing before the pause ends, and keeps its end for other runs', async () => {
    const { pace, kept, waitFor, clock } = aPace();
    pace.saw(throttled(9), 'request');
    const granted = waitFor(1);

    await clock.advance(8_999);
    const before = granted.length;
    await clock.advance(1);

    expect([before, granted.length]).toEqual([0, 1]);
    expect(kept).toEqual([Date.parse('2026-05-22T08:00:09Z')]);
  });

  it('keeps one end for all answers to the requests that were under way', async () => {
    const { pace, kept, clock } = aPace();

    for (let answers = 0; answers < 10; answers += 1) {
      pace.saw(throttled(9), 'request');
      await clock.advance(20);
    }
    pace.saw(throttled(20), 'request');

    expect(kept).toEqual([Date.parse('2026-05-22T08:00:09Z'), Date.parse('2026-05-22T08:00:20.200Z')]);
  });

  it('pauses for a short time again when it had answered in between', async () => {
    const { pace, waitFor, clock } = aPace();
    pace.saw(throttled(0), 'request');
    await clock.advance(1_000);
    pace.saw(ACCEPTED, 'request');
    pace.saw(throttled(0), 'request');
    const granted = waitFor(1);

    await clock.advance(1_000);

    expect(granted).toEqual(['request']);
  });

  it('learns the later end that another run has stored, and gives up where that is far', async () => {
    const inAnHour = Date.parse('2026-05-22T09:00:00Z');
    const { pace, clock } = aPace({ stored: inAnHour });

    pace.saw(throttled(2), 'request');
    await clock.advance(0);

    expect(await pace.turn()).toBeUndefined();
    expect(pace.availability()).toBe('unavailable');
    expect(pace.throttledUntil()).toBe(inAnHour);
  });

  it('waits for what it learns, and for no longer than it says already', async () => {
    const { pace, waitFor, clock } = aPace();
    pace.learnPause(clock.now() + 30_000);
    pace.learnPause(clock.now() + 10_000);
    pace.learnPause(0);
    const granted = waitFor(1);

    await clock.advance(29_999);
    const before = granted.length;
    await clock.advance(1);

    expect([before, granted.length]).toEqual([0, 1]);
  });

  it('shows the end of a pause by the wall clock as it is then', async () => {
    const { pace, clock } = aPace();
    pace.saw(throttled(30), 'request');

    clock.setWall(Date.parse('2026-05-22T10:00:00Z'));

    expect(pace.throttledUntil()).toBe(Date.parse('2026-05-22T10:00:30Z'));
    expect(pace.pausedUntil()).toBe(Date.parse('2026-05-22T10:00:30Z'));
  });

  it('grants no turn at all while an earlier run was asked for more than a minute', async () => {
    const { pace } = aPace({ pausedForMs: 60_001 });

    expect(await pace.turn()).toBeUndefined();
    expect(pace.availability()).toBe('unavailable');
  });
});

describe('what a provider says of shipments', () => {
  it.each([
    [UNAUTHORIZED, 'unauthorized', 'HTTP 401'],
    [WRONG_ADDRESS, 'wrong-address', 'HTTP 405'],
  ])('ends everything at once: %o', async (outcome, availability, trouble) => {
    const { pace } = aPace();

    pace.saw(outcome, 'request');
    pace.saw(FAILED, 'request');

    expect(await pace.turn()).toBeUndefined();
    expect([pace.availability(), pace.trouble()]).toEqual([availability, trouble]);
  });

  it('ends it after five in a row that were not found', async () => {
    const { pace } = aPace();

    for (const outcome of [NOT_FOUND, NOT_FOUND, FAILED, NOT_FOUND, NOT_FOUND]) pace.saw(outcome, 'request');
    const before = pace.ended.aborted;
    pace.saw(NOT_FOUND, 'request');

    expect([before, pace.ended.aborted]).toEqual([false, true]);
    expect([pace.availability(), pace.trouble()]).toEqual(['wrong-address', 'HTTP 404']);
  });

  it('makes the address suspect where all of it was that nothing was found', async () => {
    const { pace, waitFor } = aPace();

    pace.saw(NOT_FOUND, 'request');
    pace.saw(FAILED, 'request');
    const suspected = [pace.availability(), pace.trouble()];
    pace.saw(REJECTED, 'request');

    expect(suspected).toEqual(['wrong-address', 'HTTP 404']);
    expect([pace.availability(), pace.trouble()]).toEqual(['available', 'no answer']);
    expect(await settle(waitFor(1))).toEqual(['request']);
  });

  it('proves the address by an acceptance, unless it was taken to be wrong before', () => {
    const proven = aPace().pace;
    const wrong = aPace().pace;

    proven.saw(NOT_FOUND, 'request');
    const before = proven.isAddressProven();
    proven.saw(ACCEPTED, 'request');
    for (let times = 0; times < 5; times += 1) wrong.saw(NOT_FOUND, 'request');
    wrong.saw(ACCEPTED, 'request');

    expect([before, proven.isAddressProven(), wrong.isAddressProven()]).toEqual([false, true, false]);
    expect(wrong.availability()).toBe('wrong-address');
  });

  it('lets the requests under way speak before five answers that nothing was found end it', async () => {
    const { pace, waitFor, clock } = aPace();
    await settle(waitFor(6));
    for (let times = 0; times < 5; times += 1) pace.saw(NOT_FOUND, 'request');

    const granted = waitFor(1);
    await clock.advance(1_000);
    const before = [pace.ended.aborted, granted.length];
    pace.saw(ACCEPTED, 'request');
    await clock.advance(1_000);

    expect(before).toEqual([false, 0]);
    expect([pace.availability(), pace.isAddressProven(), ...granted]).toEqual(['available', true, 'request']);
  });

  it.each([
    ['finds nothing either', (pace: Pace) => pace.saw(NOT_FOUND, 'request')],
    ['gets no answer', (pace: Pace) => pace.saw(FAILED, 'request')],
    ['was not sent', (pace: Pace) => pace.skipped('request')],
  ])('is taken to have a wrong address when the last request under way %s', async (_what, end) => {
    const { pace, waitFor } = aPace();
    await settle(waitFor(6));
    for (let times = 0; times < 5; times += 1) pace.saw(NOT_FOUND, 'request');
    const before = pace.ended.aborted;

    end(pace);

    expect([before, pace.ended.aborted, pace.availability()]).toEqual([false, true, 'wrong-address']);
  });

  it('ends it after as many rejections in a row as are let pass', () => {
    const { pace } = aPace({ maxRejections: 3 });

    for (const outcome of [REJECTED, REJECTED, ACCEPTED, REJECTED, REJECTED]) pace.saw(outcome, 'request');
    const before = pace.ended.aborted;
    pace.saw(REJECTED, 'request');
    pace.saw(ACCEPTED, 'request');

    expect([before, pace.ended.aborted]).toEqual([false, true]);
    expect(pace.availability()).toBe('rejecting');
    expect(pace.trouble()).toBe('3 rejections in a row without an acceptance, the last one: HTTP 422');
  });

  it('tells what can be mended by us before what can not', () => {
    const { pace } = aPace({ maxRejections: 1 });

    pace.saw(REJECTED, 'request');
    pace.saw(UNAUTHORIZED, 'request');
    pace.saw(WRONG_ADDRESS, 'request');

    expect([pace.availability(), pace.trouble()]).toEqual(['unauthorized', 'HTTP 401']);
  });
});

function aPace({
  rateLimit = null as number | null,
  maxRejections = 50,
  pausedForMs = 0,
  stored = 0,
}: {
  rateLimit?: number | null;
  maxRejections?: number;
  pausedForMs?: number;
  stored?: number;
} = {}) {
  const clock = aManualClock();
  const stop = new AbortController();
  const kept: number[] = [];
  const pace = createPace({
    clock,
    rateLimit,
    maxRejections,
    pausedUntil: pausedForMs === 0 ? 0 : clock.now() + pausedForMs,
    stop: stop.signal,
    keepPause: async (untilMs) => {
      kept.push(untilMs);
      return Math.max(untilMs, stored);
    },
  });
  /** So many ask for a turn; what they got so far. */
  const waitFor = (count: number) => {
    const granted: (Turn | undefined)[] = [];
    for (let each = 0; each < count; each += 1) void pace.turn().then((turn) => granted.push(turn));
    return granted;
  };
  return { pace, clock, stop, kept, waitFor };
}

function throttled(retryAfterSeconds: number): Outcome {
  return { kind: 'throttled', httpStatus: 429, retryAfterSeconds, message: 'HTTP 429' };
}

async function fail(pace: Pace, times: number): Promise<void> {
  for (let failed = 0; failed < times; failed += 1) pace.saw(FAILED, 'request');
}

async function settle<T>(value: T): Promise<T> {
  await new Promise((done) => setImmediate(done));
  return value;
}
