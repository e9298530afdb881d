import { describe, expect, it, test } from 'vitest';
import { oddpost } from '../../src/providers/oddpost.ts';
import type { HttpAnswer, Outcome } from '../../src/providers/provider.ts';
import { aShipment } from '../support/factories.ts';

const NOW = Date.parse('2026-05-29T06:00:00Z');

describe('an order for oddpost', () => {
  it('has its field names, kilograms and lines', () => {
    const body = oddpost.body(aShipment({ shipmentId: 'co-1.20260529' }));

    expect(body).toBe(
      '{"consignment":{"clientReference":"co-1.20260529","serviceCode":"STD","recipientName":"John Doe",' +
        '"address":{"lines":["The battleship building","179 harrow road"],"town":"London","postCode":"W2 6NB","countryCode":"GB"},' +
        '"parcels":[{"sku":"it-1","pieces":2,"unitWeightKg":0.01}]}}',
    );
  });

  it('has a service of its own for express, and no empty line', () => {
    const { deliveryAddress } = aShipment();

    const body = oddpost.body(
      aShipment({ deliveryService: 'express', deliveryAddress: { ...deliveryAddress, line2: '' } }),
    );

    expect(JSON.parse(body)).toMatchObject({
      consignment: { serviceCode: 'EXP', address: { lines: ['The battleship building'] } },
    });
  });

  it.each([
    [1, '0.001'],
    [70, '0.07'],
    [1000, '1'],
    [1009, '1.009'],
    [4035, '4.035'],
    [2_147_483_647, '2147483.647'],
  ])('weighs %i grams as exactly %s kg', (weightGrams, kilograms) => {
    const body = oddpost.body(aShipment({ items: [{ itemId: 'it-1', quantity: 1, weightGrams }] }));

    expect(body).toContain(`"unitWeightKg":${kilograms}}`);
  });

  it('carries user and password', () => {
    const request = oddpost.request('co-1', { apiKey: 'shop:s3cret' });

    expect(request).toEqual({
      method: 'POST',
      path: '/v2/consignments',
      headers: { 'content-type': 'application/json', authorization: 'Basic c2hvcDpzM2NyZXQ=' },
    });
    expect(oddpost.request('co-1', { apiKey: undefined }).headers).not.toHaveProperty('authorization');
  });
});

test.each<[what: string, answer: Partial<HttpAnswer>, expected: Outcome]>([
  [
    'a booking',
    results({ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP7' }),
    { kind: 'accepted', httpStatus: 200, trackingNumber: 'OP7' },
  ],
  [
    'a refusal',
    results({ clientReference: 'co-1', state: 'REFUSED', code: 'E17', text: 'no\nsuch \u001b[31mtown' }),
    { kind: 'rejected', httpStatus: 200, message: 'REFUSED E17 no such \\u001b[31mtown' },
  ],
  [
    'a refusal without a reason',
    results({ clientReference: 'co-1', state: 'REFUSED' }),
    { kind: 'rejected', httpStatus: 200, message: 'REFUSED' },
  ],
  [
    'a request to wait',
    results({ clientReference: 'co-1', state: 'TRY_LATER', code: 'E900', text: 'busy' }),
    { kind: 'unsent', message: 'TRY_LATER E900 busy' },
  ],
])('takes %s for what it is', (_what, answer, expected) => {
  expect(outcomeOf(answer)).toEqual(expected);
});

test.each<[what: string, answer: Partial<HttpAnswer>]>([
  ['nothing', { body: '' }],
  ['no JSON', { body: '<html>' }],
  ['half of its JSON', { body: '{"results":[{"clientReference":"co-1","state":"BOO' }],
  ['null', { body: 'null' }],
  ['a list', { body: '[]' }],
  ['no results', { body: '{}' }],
  ['an empty list of results', { body: '{"results":[]}' }],
  ['results that are no objects', { body: '{"results":[null]}' }],
  [
    'two results',
    results({ clientReference: 'co-1', state: 'REFUSED' }, { clientReference: 'co-1', state: 'BOOKED' }),
  ],
  ['another reference', results({ clientReference: 'co-2', state: 'BOOKED', consignmentNo: 'OP7' })],
  ['the refusal of another reference', results({ clientReference: 'co-2', state: 'REFUSED' })],
  ['no reference', results({ state: 'BOOKED', consignmentNo: 'OP7' })],
  ['an unknown state', results({ clientReference: 'co-1', state: 'PONDERING' })],
  ['no state', results({ clientReference: 'co-1', consignmentNo: 'OP7' })],
  ['a booking without a number', results({ clientReference: 'co-1', state: 'BOOKED' })],
  ['a blank number', results({ clientReference: 'co-1', state: 'BOOKED', consignmentNo: ' ' })],
  [
    'a number of 101 characters',
    results({ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'x'.repeat(101) }),
  ],
  ['another 2xx', { status: 204, body: '' }],
])('is left in doubt by an answer with %s', (_what, answer) => {
  expect(outcomeOf(answer)).toMatchObject({ kind: 'unanswered', httpStatus: answer.status ?? 200 });
});

test.each<[status: number, retryAfter: string | undefined, expected: Partial<Outcome>]>([
  [401, undefined, { kind: 'unauthorized' }],
  [403, undefined, { kind: 'unauthorized' }],
  [429, '7', { kind: 'throttled', retryAfterSeconds: 7 }],
  [503, '7', { kind: 'throttled', retryAfterSeconds: 7 }],
  [500, undefined, { kind: 'unanswered' }],
  [404, undefined, { kind: 'rejected', notFound: true }],
  [410, undefined, { kind: 'rejected', notFound: true }],
  [302, undefined, { kind: 'wrong-address' }],
  [405, undefined, { kind: 'wrong-address' }],
])('takes HTTP %i (Retry-After: %s) as everybody does, whatever the body', (status, retryAfter, expected) => {
  const { body } = results({ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP7' });

  expect(outcomeOf({ status, headers: { 'retry-after': retryAfter }, body })).toMatchObject(expected);
});

describe('a look-up', () => {
  it('asks for the reference', () => {
    expect(oddpost.repeatedOrders.request('co-1.20260529', { apiKey: 'shop:s3cret' })).toEqual({
      method: 'GET',
      path: '/v2/consignments?clientReference=co-1.20260529',
      headers: { authorization: 'Basic c2hvcDpzM2NyZXQ=' },
    });
  });

  it.each([
    ['is there', [{ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP7' }], 'OP7'],
    [
      'is there twice',
      [
        { clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP7' },
        { clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP8' },
      ],
      'OP7',
    ],
    [
      'is there beside others',
      [
        { clientReference: 'co-2', state: 'BOOKED', consignmentNo: 'OP6' },
        { clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP7' },
      ],
      'OP7',
    ],
  ])('tells the number where the order %s', (_name, consignments, trackingNumber) => {
    expect(reading({ body: JSON.stringify({ consignments }) })).toEqual({ kind: 'has-it', trackingNumber });
  });

  it('tells that the order is not there by an empty list alone', () => {
    expect(reading({ body: '{"consignments":[]}' })).toEqual({ kind: 'has-it-not' });
  });

  it.each([
    ['another order', [{ clientReference: 'co-2', state: 'BOOKED', consignmentNo: 'OP7' }]],
    ['an order that is not booked', [{ clientReference: 'co-1', state: 'DRAFT', consignmentNo: 'OP7' }]],
    ['no number', [{ clientReference: 'co-1', state: 'BOOKED' }]],
    ['nonsense', [null]],
    ['no list', null],
  ])('tells nothing with %s', (_name, consignments) => {
    expect(reading({ body: JSON.stringify({ consignments }) })).toEqual({ kind: 'unclear' });
  });

  it.each([
    [{ body: '' }],
    [{ body: '{}' }],
    [{ body: '[]' }],
    [{ status: 500, body: '{"consignments":[]}' }],
  ])('tells nothing with %o', (answer) => {
    expect(reading(answer)).toEqual({ kind: 'unclear' });
  });
});

function results(...list: readonly object[]): { body: string } {
  return { body: JSON.stringify({ results: list }) };
}

function outcomeOf(answer: Partial<HttpAnswer>): Outcome {
  return oddpost.outcome({ status: 200, headers: {}, body: '', ...answer }, NOW, 'co-1');
}

function reading(answer: Partial<HttpAnswer>) {
  return oddpost.repeatedOrders.reading({ status: 200, headers: {}, body: '', ...answer }, 'co-1');
}
