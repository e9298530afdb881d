import { describe, expect, it } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';
import type { HttpAnswer, Outcome } from '../../src/providers/provider.ts';
import { aShipment } from '../support/factories.ts';

const NOW = Date.parse('2026-05-29T06:00:00Z');

describe('fictional', () => {
  it("sends the brief's example, field for field", () => {
    const body = fictional.body(aShipment());

    expect(JSON.parse(body)).toEqual({
      order_id: 'co-1',
      delivery_service: 'standard',
      items: [{ item_id: 'it-1', quantity: 2, weight: 10 }],
      delivery_address: {
        recipient: 'John Doe',
        line_1: 'The battleship building',
        line_2: '179 harrow road',
        city: 'London',
        postcode: 'W2 6NB',
        country: 'GB',
      },
    });
  });

  it('names the shipment in a quoted idempotency key and its own key in a bearer token', () => {
    const request = fictional.request('co-1.20260529', { apiKey: 'k-123' });

    expect(request).toEqual({
      method: 'POST',
      path: '/orders',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': '"co-1.20260529"',
        authorization: 'Bearer k-123',
      },
    });
  });

  it.each<[status: number, retryAfter: string | string[] | undefined, expected: Partial<Outcome>]>([
    [200, undefined, { kind: 'accepted' }],
    [201, undefined, { kind: 'accepted' }],
    [202, undefined, { kind: 'accepted' }],
    [409, undefined, { kind: 'accepted' }],
    [429, '7', { kind: 'throttled', retryAfterSeconds: 7 }],
    [429, undefined, { kind: 'throttled', retryAfterSeconds: null }],
    [429, 'soon', { kind: 'throttled', retryAfterSeconds: null }],
    [429, '-5', { kind: 'throttled', retryAfterSeconds: null }],
    [503, '120', { kind: 'throttled', retryAfterSeconds: 120 }],
    [503, 'Fri, 29 May 2026 06:01:00 GMT', { kind: 'throttled', retryAfterSeconds: 60 }],
    [503, 'Fri, 29 May 2026 05:00:00 GMT', { kind: 'throttled', retryAfterSeconds: 0 }],
    [503, 'Friday, 29-May-26 06:01:00 GMT', { kind: 'throttled', retryAfterSeconds: 60 }],
    [503, 'Tuesday, 06-Nov-94 08:49:37 GMT', { kind: 'throttled', retryAfterSeconds: 0 }],
    [503, 'Fri May 29 06:01:00 2026', { kind: 'throttled', retryAfterSeconds: 60 }],
    [429, 'Mon Jun  1 06:00:00 2026', { kind: 'throttled', retryAfterSeconds: 86_400 }],
    [429, 'Fri, 29 May 2026 06:01:00 CET', { kind: 'throttled', retryAfterSeconds: null }],
    [429, '86401', { kind: 'throttled', retryAfterSeconds: 86_400 }],
    [503, '9999999999', { kind: 'throttled', retryAfterSeconds: 86_400 }],
    [429, '9'.repeat(400), { kind: 'throttled', retryAfterSeconds: 86_400 }],
    [429, '59.2', { kind: 'throttled', retryAfterSeconds: 60 }],
    [429, '1e9', { kind: 'throttled', retryAfterSeconds: null }],
    [429, ['5', '120'], { kind: 'throttled', retryAfterSeconds: 120 }],
    [429, ['soon', '7'], { kind: 'throttled', retryAfterSeconds: 7 }],
    [503, ['Fri, 29 May 2026 06:01:00 GMT', '30'], { kind: 'throttled', retryAfterSeconds: 60 }],
    [429, '5, 120', { kind: 'throttled', retryAfterSeconds: 120 }],
    [429, 'Fri, 29 May 2026 06:01:00 GMT, 30', { kind: 'throttled', retryAfterSeconds: 60 }],
    [503, undefined, { kind: 'unanswered', httpStatus: 503 }],
    [408, undefined, { kind: 'unanswered' }],
    [425, undefined, { kind: 'unanswered' }],
    [500, '5', { kind: 'unanswered' }],
    [502, undefined, { kind: 'unanswered' }],
    [504, undefined, { kind: 'unanswered' }],
    [199, undefined, { kind: 'unanswered', httpStatus: 199 }],
    [301, undefined, { kind: 'wrong-address', httpStatus: 301 }],
    [304, undefined, { kind: 'wrong-address' }],
    [399, '7', { kind: 'wrong-address' }],
    [405, undefined, { kind: 'wrong-address' }],
    [401, undefined, { kind: 'unauthorized' }],
    [403, undefined, { kind: 'unauthorized' }],
    [400, undefined, { kind: 'rejected' }],
    [404, undefined, { kind: 'rejected', notFound: true }],
    [406, undefined, { kind: 'rejected' }],
    [410, undefined, { kind: 'rejected', notFound: true }],
    [413, undefined, { kind: 'rejected' }],
    [422, undefined, { kind: 'rejected', httpStatus: 422 }],
  ])('takes %i (Retry-After: %s) as %o', (status, retryAfter, expected) => {
    const outcome = fictional.outcome(
      answer({ status, headers: { 'retry-after': retryAfter } }),
      NOW,
      'co-1',
    );

    expect(outcome).toMatchObject(expected);
  });

  it.each([
    ['https://api.example/v2/orders', 'https://api.example/v2/orders'],
    ['https://me:secret@api.example/orders?key=secret#secret', 'https://api.example/orders'],
    ['/v2/orders?key=secret', '/v2/orders'],
  ])('tells where a redirect leads to, but for what may be secret: %s', (location, to) => {
    const outcome = fictional.outcome(answer({ status: 301, headers: { location } }), NOW, 'co-1');

    expect(outcome).toMatchObject({ message: `HTTP 301, which leads to ${to}` });
  });

  it.each(['//me:secret@api.example/', 'secret', 'ftp://me:secret@api.example/', undefined])(
    'does not tell where a redirect leads to that is no address: %s',
    (location) => {
      const outcome = fictional.outcome(answer({ status: 301, headers: { location } }), NOW, 'co-1');

      expect(outcome).toMatchObject({ message: 'HTTP 301' });
    },
  );

  it('tells what the provider said, cut short and safe to print', () => {
    const outcome = fictional.outcome(
      answer({ status: 422, body: `no\n\u001b[31msuch\u202e city ${'x'.repeat(900)}` }),
      NOW,
      'co-1',
    );

    expect(outcome).toMatchObject({ message: `HTTP 422: no \\u001b[31msuch\\u202e city ${'x'.repeat(171)}` });
  });
});

function answer(overrides: Partial<HttpAnswer>): HttpAnswer {
  return { status: 200, headers: {}, body: '', ...overrides };
}
