import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryPauseMs, timingFor } from '../../src/dispatch/run/timing.ts';
import { disposition } from '../../src/dispatch/send/disposition.ts';

const at = {
  nowMs: 1_000_000,
  failedAttempts: 0,
  pausedUntilMs: 0,
  longestWaitMs: 60_000,
  resend: true,
  random: 1,
};

describe('disposition', () => {
  it('tries an unanswered request again after a pause that doubles', () => {
    const lost = { kind: 'unanswered', httpStatus: null, message: 'no answer' } as const;

    const nextAttempts = [0, 1, 2, 3].map(
      (failedAttempts) => disposition(lost, { ...at, failedAttempts }).nextAttemptAt,
    );

    expect(nextAttempts).toEqual([1_000_250, 1_000_500, 1_001_000, 1_002_000]);
  });

  it('waits as long as it is no use to try again, if that is longer than the pause', () => {
    const notYet = { kind: 'unsent', message: 'not there yet', retryAfterSeconds: 2.0005 } as const;

    expect(disposition(notYet, at).nextAttemptAt).toBe(1_002_001);
    expect(disposition({ ...notYet, retryAfterSeconds: 0.1 }, at).nextAttemptAt).toBe(1_000_250);
    expect(disposition(notYet, { ...at, failedAttempts: 5 }).nextAttemptAt).toBeNull();
  });

  it('leaves to the next run what must wait for longer than the run does', () => {
    const closed = { kind: 'unsent', message: 'closed', retryAfterSeconds: 60 } as const;

    expect(disposition(closed, at)).toMatchObject({ status: 'pending', nextAttemptAt: 1_060_000 });
    expect(disposition(closed, { ...at, longestWaitMs: 59_999 })).toMatchObject({
      status: 'pending',
      nextAttemptAt: null,
    });
  });

  it('leaves a shipment to the next run after the sixth failure', () => {
    const refused = { kind: 'unsent', message: 'no connection' } as const;

    expect(disposition(refused, { ...at, failedAttempts: 5 })).toEqual({
      status: 'pending',
      nextAttemptAt: null,
      attempt: 'unsent',
      httpStatus: null,
      error: 'no connection',
    });
  });

  it('counts no attempt when the provider throttles, and waits as long as it asked', () => {
    const throttled = {
      kind: 'throttled',
      httpStatus: 429,
      retryAfterSeconds: 9,
      message: 'HTTP 429',
    } as const;

    expect(disposition(throttled, { ...at, pausedUntilMs: 1_009_000 })).toMatchObject({
      status: 'pending',
      nextAttemptAt: 1_009_000,
      attempt: null,
    });
  });

  it('marks nothing as failed when our credentials are refused', () => {
    const refused = { kind: 'unauthorized', httpStatus: 401, message: 'HTTP 401' } as const;

    expect(disposition(refused, at)).toMatchObject({ status: 'pending', attempt: null, error: null });
  });

  it('leaves no doubt where the address is wrong, and marks nothing as failed', () => {
    const wrong = { kind: 'wrong-address', httpStatus: 405, message: 'HTTP 405' } as const;

    expect(disposition(wrong, { ...at, resend: false })).toEqual({
      status: 'pending',
      nextAttemptAt: null,
      attempt: null,
      httpStatus: 405,
      error: null,
    });
  });

  it('leaves a shipment to a person that the provider may have and would not recognise', () => {
    const lost = { kind: 'unanswered', httpStatus: null, message: 'no answer' } as const;
    const refused = { kind: 'unsent', message: 'no connection' } as const;

    expect(disposition(lost, { ...at, resend: false })).toMatchObject({
      status: 'uncertain',
      nextAttemptAt: null,
    });
    expect(disposition(refused, { ...at, resend: false })).toMatchObject({ status: 'pending' });
  });

  it('never sends a rejected shipment again by itself', () => {
    const rejected = { kind: 'rejected', httpStatus: 422, message: 'HTTP 422' } as const;

    expect(disposition(rejected, at)).toMatchObject({ status: 'rejected', nextAttemptAt: null });
  });
});

describe('timing', () => {
  it('pauses between half of the full pause and all of it, never longer than 30 s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failed, random) => {
          const pauseMs = retryPauseMs(failed, random);

          expect(pauseMs).toBeGreaterThanOrEqual(125);
          expect(pauseMs).toBeLessThanOrEqual(30_000);
        },
      ),
    );
  });

  it('lets a lease outlast any request that begins within it, even when a heartbeat is missed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 600_000 }), (attemptMs) => {
        const { leaseMs, heartbeatMs, needsLeaseMs } = timingFor(attemptMs);

        expect(needsLeaseMs).toBeGreaterThan(attemptMs);
        expect(leaseMs - 2 * heartbeatMs).toBeGreaterThan(needsLeaseMs);
      }),
    );
  });
});
