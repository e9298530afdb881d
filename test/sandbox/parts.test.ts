import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDueQueue } from '../../src/sandbox/due-queue.ts';
import { createLedger } from '../../src/sandbox/ledger.ts';
import { eventTime, parcelLife } from '../../src/sandbox/parcel-life.ts';
import { fictional } from '../../src/sandbox/roles/fictional.ts';
import { createSigner } from '../../src/sandbox/sign.ts';

test('the queue gives out the earliest first, whatever comes in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 20 }))), (steps) => {
      const queue = createDueQueue<{ dueAtMs: number }>();
      let expected: number[] = [];

      for (const step of steps) {
        if (step !== null) {
          queue.push({ dueAtMs: step });
          expected = [...expected, step].sort((one, other) => one - other);
          continue;
        }
        expect(queue.first()?.dueAtMs).toBe(expected[0]);
        expect(queue.pop()?.dueAtMs).toBe(expected.shift());
      }
    }),
  );
});

test('about one parcel in eight is not delivered at once', () => {
  const lives = Array.from({ length: 8_000 }, (_, index) =>
    parcelLife(fictional.lives, `gen-${index}.20260529`, 3),
  );

  const failed = lives.filter((life) => life.includes('failed-to-deliver'));

  expect(failed.length).toBeGreaterThan(900);
  expect(failed.length).toBeLessThan(1_100);
  expect(failed[0]).toEqual(['waiting-for-collection', 'in-transit', 'failed-to-deliver', 'delivered']);
});

test('another seed makes other parcels fail', () => {
  const failing = (seed: number) =>
    Array.from({ length: 100 }, (_, index) => parcelLife(fictional.lives, `co-${index}`, seed).length);

  expect(failing(1)).toEqual(failing(1));
  expect(failing(1)).not.toEqual(failing(2));
});

test.each([
  ['the first', 1_500, undefined, 1_000],
  ['much later', 9_900, 1_000, 9_000],
  ['within the same second', 1_900, 1_000, 2_000],
  ['after the clock was put back', 1_900, 60_000, 61_000],
])('an event has a second of its own: %s', (_, nowMs, previousMs, expected) => {
  expect(eventTime(nowMs, previousMs)).toBe(expected);
});

test("signs like the specification's example", () => {
  const sign = createSigner(fictional, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');

  const headers = sign({
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestampSeconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  });

  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test.each(['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_', 'whsec_not base64'])(
  'does not sign with %j, nor repeats it',
  (secret) => {
    expect(() => createSigner(fictional, secret)).toThrow(
      'The webhook secret can not be used to sign events.',
    );
  },
);

test('a listing holds the orders of the moment at which it began', () => {
  const ledger = createLedger();
  const longerThanAPiece = JSON.stringify('x'.repeat(70_000));
  ledger.take('co-1', longerThanAPiece, 0);
  ledger.take('co-2', longerThanAPiece, 0);

  const pieces: string[] = [];
  for (const piece of ledger.listing()) {
    ledger.take(`late-${pieces.length}`, '{}', 0);
    pieces.push(piece);
  }

  expect(pieces.length).toBe(3);
  const { unique, orders } = JSON.parse(pieces.join(''));
  expect(unique).toBe(2);
  expect(orders.map((order: { order_id: string }) => order.order_id)).toEqual(['co-1', 'co-2']);
});
