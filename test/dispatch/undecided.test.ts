import { expect, test } from 'vitest';
import type { AttemptResult } from '../../src/dispatch/claims/record-results.ts';
import { createUndecided } from '../../src/dispatch/lane/undecided.ts';

test('an undecided rejection is recorded once, as a rejection when the address is right', () => {
  const { undecided, recorded } = aHolder();
  undecided.hold(notFound(1));
  undecided.hold(notFound(2));
  const before = [...recorded];

  undecided.reject();
  undecided.reject();
  undecided.leave();

  expect(before).toEqual([]);
  expect(recorded).toEqual([notFound(1), notFound(2)]);
});

test('an undecided rejection is left to the next run without an attempt, but with what was answered', () => {
  const { undecided, recorded } = aHolder();
  undecided.hold(notFound(1));

  undecided.leave();
  undecided.leave();

  expect(recorded).toHaveLength(1);
  expect(recorded[0]?.disposition).toEqual({
    status: 'pending',
    nextAttemptAt: null,
    attempt: null,
    httpStatus: 404,
    error: 'HTTP 404',
  });
});

test('no more than 256 are undecided at a time: those are left to the next run', () => {
  const { undecided, recorded } = aHolder();
  for (let id = 1; id <= 255; id += 1) undecided.hold(notFound(id));
  const before = recorded.length;

  undecided.hold(notFound(256));
  undecided.hold(notFound(257));
  undecided.reject();

  expect(before).toBe(0);
  expect(recorded.map(({ disposition }) => disposition.status)).toEqual([
    ...Array(256).fill('pending'),
    'rejected',
  ]);
});

function aHolder() {
  const recorded: AttemptResult[] = [];
  return { recorded, undecided: createUndecided({ add: (result) => recorded.push(result) }) };
}

function notFound(id: number): AttemptResult {
  return {
    shipment: {
      id,
      claim: 1,
      orderId: `co-${id}`,
      shipmentId: `co-${id}`,
      body: '{}',
      failedAttempts: 0,
      mayBeAccepted: false,
      edition: 1,
      leaseEpoch: 1,
    },
    disposition: {
      status: 'rejected',
      nextAttemptAt: null,
      attempt: 'rejected',
      httpStatus: 404,
      error: 'HTTP 404',
    },
    startedAt: 0,
    durationMs: 1,
  };
}
