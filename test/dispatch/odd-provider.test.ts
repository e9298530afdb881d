import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import type { Provider } from '../../src/providers/provider.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { aProvider, LOOK_UP, shipmentOf, shopWith, untyped } from './shop.ts';
import { sendDue } from './support.ts';

const ORDERS = ['co-1', 'co-2', 'co-3'];
const ODD = 'co-2';

/** Sends three orders by a provider whose code is odd for the second one, until that is enough. */
async function sendWith(odd: (provider: Provider, stop: AbortController) => Partial<Provider>) {
  const { url, received } = await startProvider(
    http.post(at('/orders'), () => new HttpResponse(null, { status: 201 })),
  );
  const db = await shopWith(...ORDERS);
  const provider = aProvider({ kind: 'unrecognised' });
  const stop = new AbortController();
  const env = { SHIPCTL_FICTIONAL_API_KEY: 'secret-of-the-shop' };
  const run = await sendDue(db, [{ provider: { ...provider, ...odd(provider, stop) }, url, env }], {
    stop: stop.signal,
  });
  const [first, second, third] = await Promise.all(ORDERS.map((orderId) => shipmentOf(db, orderId)));
  expect(run.failure).toBeUndefined();
  expect([first?.status, third?.status]).toEqual(['sent', 'sent']);
  return { shipment: second, received };
}

describe('a wrong outcome is no answer for that shipment alone, and says whose it is', () => {
  it.each<[string, () => unknown, string]>([
    ['undefined', () => undefined, 'it returned undefined'],
    ['text', () => 'accepted', 'it returned a string'],
    ['a list', () => [], 'it returned a list'],
    ['a promise', () => Promise.resolve({ kind: 'accepted', httpStatus: 201 }), 'it returned a promise'],
    ['a promise that fails', () => Promise.reject(new Error('no')), 'it returned a promise'],
    ['another kind', () => ({ kind: 'booked', httpStatus: 201 }), 'its kind is a string that does not fit'],
    ['no status', () => ({ kind: 'accepted' }), 'its httpStatus is undefined'],
    [
      'a status that is no number',
      () => ({ kind: 'accepted', httpStatus: Number.NaN }),
      'its httpStatus is NaN',
    ],
    [
      'a pause of NaN seconds',
      () => ({ kind: 'throttled', httpStatus: 429, retryAfterSeconds: Number.NaN, message: 'slowly' }),
      'its retryAfterSeconds is NaN',
    ],
    [
      'a message that is no text',
      () => ({ kind: 'rejected', httpStatus: 422, message: { no: 1 } }),
      'its message is an object',
    ],
    [
      'a tracking number that is no text',
      () => ({ kind: 'accepted', httpStatus: 201, trackingNumber: 5 }),
      'its trackingNumber is 5',
    ],
  ])('%s', async (_what, value, problem) => {
    const { shipment } = await sendWith((provider) => ({
      outcome: (answer, nowMs, shipmentId) =>
        shipmentId === ODD ? untyped<never>(value()) : provider.outcome(answer, nowMs, shipmentId),
    }));

    expect(shipment).toMatchObject({
      status: 'uncertain',
      attempts: [
        {
          outcome: 'unanswered',
          httpStatus: 201,
          reason: `HTTP 201, which provider fictional could not read: ${problem}`,
        },
      ],
    });
  });

  it.each<[string, () => unknown, string]>([
    ['a value without a prototype', () => Object.create(null), 'it failed'],
    ['a message that is a symbol', () => errorSaying(Symbol('no')), 'Symbol(no)'],
    ['a message without a prototype', () => errorSaying(Object.create(null)), 'it failed'],
    ['a message that is a number', () => errorSaying(7), '7'],
  ])('one that throws, whatever it throws: %s', async (_what, thrown, problem) => {
    const { shipment } = await sendWith((provider) => ({
      outcome(answer, nowMs, shipmentId) {
        if (shipmentId === ODD) throw thrown();
        return provider.outcome(answer, nowMs, shipmentId);
      },
    }));

    expect(shipment?.attempts).toMatchObject([
      { outcome: 'unanswered', reason: `HTTP 201, which provider fictional could not read: ${problem}` },
    ]);
  });
});

it('what its code does to the answer changes nothing but its own outcome', async () => {
  const { shipment } = await sendWith((provider) => ({
    outcome(answer, nowMs, shipmentId) {
      if (shipmentId !== ODD) return provider.outcome(answer, nowMs, shipmentId);
      Object.assign(answer.headers, { date: 5 });
      Object.assign(answer, { headers: null, body: 12 });
      return { kind: 'rejected', httpStatus: 422, message: 'the key is secr' };
    },
  }));

  expect(shipment).toMatchObject({ status: 'rejected', lastError: 'the key is ***' });
});

it.each([90, 1e17, 1e300])(
  'a wait of %d seconds for one shipment is left to the next run',
  async (retryAfterSeconds) => {
    const { shipment, received } = await sendWith((provider) => ({
      outcome: (answer, nowMs, shipmentId) =>
        shipmentId === ODD
          ? { kind: 'unsent', message: 'closed', retryAfterSeconds }
          : provider.outcome(answer, nowMs, shipmentId),
    }));

    expect(received).toHaveLength(3);
    expect(shipment).toMatchObject({
      status: 'pending',
      attempts: [{ outcome: 'unsent', reason: 'closed' }],
    });
  },
);

describe('a wrong request is not sent for that shipment alone, and says whose it is', () => {
  const request = { method: 'POST', path: '/orders', headers: {} };
  const failed = 'provider fictional could not make its request';

  it.each<[string, () => unknown, string]>([
    ['undefined', () => undefined, `${failed}: it returned undefined`],
    ['a promise', () => Promise.resolve(request), `${failed}: it returned a promise`],
    [
      'another method',
      () => ({ ...request, method: 'DELETE' }),
      `${failed}: its method is a string that does not fit`,
    ],
    [
      'a path without a slash',
      () => ({ ...request, path: 'orders' }),
      `${failed}: its path is a string that does not fit`,
    ],
    [
      'a path with a blank',
      () => ({ ...request, path: '/a b' }),
      `${failed}: its path is a string that does not fit`,
    ],
    ['no headers', () => ({ ...request, headers: null }), `${failed}: its headers is null`],
    [
      'a header that is no text',
      () => ({ ...request, headers: { a: 1 } }),
      `${failed}: its header a is a number`,
    ],
    [
      'a header that can not be sent',
      () => ({ ...request, headers: { 'x-a': 'one\ntwo' } }),
      "provider fictional made a request that can't be sent: invalid x-a header (UND_ERR_INVALID_ARG)",
    ],
    [
      'a header that is for the connection',
      () => ({ ...request, headers: { expect: '100-continue' } }),
      "provider fictional made a request that can't be sent: expect header not supported (UND_ERR_NOT_SUPPORTED)",
    ],
  ])('%s', async (_what, value, problem) => {
    let times = 0;
    const { shipment, received } = await sendWith((provider, stop) => ({
      request(shipmentId, credentials) {
        if (shipmentId !== ODD) return provider.request(shipmentId, credentials);
        times += 1;
        if (times === 2) stop.abort();
        return untyped<never>(value());
      },
    }));

    expect(received).toHaveLength(2);
    expect(shipment).toMatchObject({
      status: 'pending',
      attempts: [{ outcome: 'unsent', reason: problem }, {}],
    });
  });
});

it.each<[string, () => unknown, string]>([
  ['undefined', () => undefined, 'it returned undefined'],
  ['a promise', () => Promise.resolve({ kind: 'has-it-not' }), 'it returned a promise'],
  ['another kind', () => ({ kind: 'accepted', httpStatus: 200 }), 'its kind is a string that does not fit'],
  [
    'a tracking number that is no text',
    () => ({ kind: 'has-it', trackingNumber: {} }),
    'its trackingNumber is an object',
  ],
])('a wrong reading of a look-up sends nothing again: %s', async (_what, value, problem) => {
  const stop = new AbortController();
  const { url, received } = await startProvider(
    http.post(at('/orders'), () => HttpResponse.error()),
    http.get(at('/orders/co-1'), () => {
      stop.abort();
      return new HttpResponse(null, { status: 404 });
    }),
  );
  const db = await shopWith('co-1');

  await sendDue(db, [{ provider: aProvider({ ...LOOK_UP, reading: () => untyped(value()) }), url }], {
    stop: stop.signal,
  });

  expect(received.map(({ method }) => method)).toEqual(['POST', 'GET']);
  expect(await shipmentOf(db, 'co-1')).toMatchObject({
    status: 'pending',
    attempts: [
      { outcome: 'unanswered' },
      { outcome: 'unsent', reason: `HTTP 404, which provider fictional could not read: ${problem}` },
    ],
  });
});

function errorSaying(message: unknown): Error {
  return Object.assign(new Error(), { message });
}
