import { createHmac } from 'node:crypto';
import type { ProviderExamples } from '../../src/provider-test/contract.ts';
import { parseEventTime } from '../../src/providers/event-time.ts';
import { fieldsOf, isName, parseJson } from '../../src/providers/json.ts';
import { outcomeByStatus } from '../../src/providers/outcome.ts';
import type { Provider, Webhook } from '../../src/providers/provider.ts';
import { hmacHeader } from '../../src/providers/signature/hmac-header.ts';
import type { EventName } from '../../src/vocabulary.ts';
import { aShipment } from '../support/factories.ts';

/** One thing that a provider does wrong, and the rules that it breaks by it. */
export interface Mistake {
  /** After "a provider that". */
  mistake: string;
  provider: Provider;
  examples?: ProviderExamples;
  breaks: readonly string[];
}

export const goodWebhook: Webhook = {
  tracks: 'tracking-number',
  signature: hmacHeader('x-signature'),
  read(body, timezone) {
    const fields = fieldsOf(body);
    const reference = fields.get('parcel');
    const steps = fields.get('steps');
    const events = Array.isArray(steps)
      ? steps.map((step, index) => readStep(fieldsOf(step), index, timezone))
      : [undefined];
    if (!isName(reference, 35) || events.includes(undefined)) {
      return { kind: 'invalid', problems: [{ pointer: '', message: 'must have a parcel and its steps' }] };
    }
    return {
      kind: 'events',
      events: events.flatMap((event) => (event ? [{ reference, ...event }] : [])),
    };
  },
};

function readStep(step: ReadonlyMap<string, unknown>, index: number, timezone: string) {
  const code = step.get('status');
  const time = step.get('at');
  const eventTimeMs = typeof time === 'string' ? parseEventTime(time, timezone) : undefined;
  if (!isName(code, 35) || eventTimeMs === undefined) return undefined;
  return { code, eventName: EVENTS.get(code) ?? null, eventTimeMs, timePointer: `/steps/${index}/at` };
}

const EVENTS: ReadonlyMap<string, EventName> = new Map([
  ['READY', 'waiting-for-collection'],
  ['ROAD', 'in-transit'],
  ['MISSED', 'failed-to-deliver'],
  ['DONE', 'delivered'],
]);

export const goodLookUp = {
  kind: 'look-up',
  request: (shipmentId, { apiKey }) => ({
    method: 'GET',
    path: `/parcels/${shipmentId}`,
    headers: apiKey === undefined ? {} : { 'x-key': apiKey },
  }),
  reading(answer, shipmentId) {
    const fields = fieldsOf(parseJson(answer.body));
    const trackingNumber = fields.get('parcel');
    if (answer.status === 404 && fields.get('why') === 'unknown') return { kind: 'has-it-not' };
    return answer.status === 200 && fields.get('of') === shipmentId && isName(trackingNumber, 35)
      ? { kind: 'has-it', trackingNumber }
      : { kind: 'unclear' };
  },
} as const satisfies Provider['repeatedOrders'];

/** A provider that does all that one can do, and does it right. */
export const goodProvider: Provider = {
  name: 'good-post',
  defaultUrl: 'http://127.0.0.1:9999',
  timezone: 'Europe/London',
  limits: { recipient: 30 },
  repeatedOrders: goodLookUp,
  body: (shipment) => JSON.stringify(shipment),
  request: (_shipmentId, { apiKey }) => ({
    method: 'PUT',
    path: '/parcels',
    headers: apiKey === undefined ? {} : { 'x-key': apiKey },
  }),
  outcome(answer, nowMs) {
    const outcome = outcomeByStatus(answer, nowMs);
    if (outcome.kind !== 'accepted') return outcome;
    const fields = fieldsOf(parseJson(answer.body));
    const trackingNumber = fields.get('parcel');
    if (isName(trackingNumber, 35)) return { ...outcome, trackingNumber };
    const why = fields.get('why');
    if (isName(why)) return { kind: 'rejected', httpStatus: answer.status, message: why };
    return { kind: 'unanswered', httpStatus: answer.status, message: 'no number in the answer' };
  },
  webhook: goodWebhook,
};

const goodRequest = {
  method: 'PUT',
  path: '/parcels',
  headers: { 'x-key': 'sesame' },
} as const;

export const goodExamples = {
  shipment: aShipment({ deliveryAddress: { ...aShipment().deliveryAddress, line2: '' } }),
  credentials: { apiKey: 'sesame' },
  request: {
    ...goodRequest,
    body:
      '{"shipmentId":"co-1","deliveryService":"standard","items":[{"itemId":"it-1","quantity":2,"weightGrams":10}],' +
      '"deliveryAddress":{"recipient":"John Doe","line1":"The battleship building","line2":"","city":"London",' +
      '"postcode":"W2 6NB","country":"GB"}}',
  },
  otherService: {
    ...goodRequest,
    body:
      '{"shipmentId":"co-1","deliveryService":"express","items":[{"itemId":"it-1","quantity":2,"weightGrams":10}],' +
      '"deliveryAddress":{"recipient":"John Doe","line1":"The battleship building","line2":"","city":"London",' +
      '"postcode":"W2 6NB","country":"GB"}}',
  },
  answers: {
    accepted: { status: 201, body: '{"parcel":"P1"}', trackingNumber: 'P1' },
    rejected: { status: 400, body: '{"why":"no such town"}', says: 'no such town' },
    throttled: { status: 429, headers: { 'retry-after': '7' }, seconds: 7 },
    unauthorized: { status: 403 },
    failing: { status: 500 },
  },
  lookUp: {
    request: { method: 'GET', path: '/parcels/co-1', headers: { 'x-key': 'sesame' } },
    hasIt: { status: 200, body: '{"of":"co-1","parcel":"P1"}', trackingNumber: 'P1' },
    hasItNot: { status: 404, body: '{"why":"unknown"}' },
    unclear: { status: 200, body: '{"parcel":null}' },
  },
  webhook: {
    secret: 'good-secret-of-32-characters-abc',
    otherSecret: 'another-secret-of-32-characters!',
    sign: (body, secret) => ({ 'x-signature': createHmac('sha256', secret).update(body).digest('hex') }),
    deliveries: [
      {
        body: '{"parcel":"P1","steps":[{"status":"ROAD","at":"2026-07-01 12:00:00"}]}',
        events: [{ reference: 'P1', code: 'ROAD', eventName: 'in-transit', at: '2026-07-01T11:00:00Z' }],
      },
    ],
    delivery: ({ reference, code, time }) =>
      JSON.stringify({ parcel: reference, steps: [{ status: code, at: time }] }),
    vocabulary: {
      READY: 'waiting-for-collection',
      ROAD: 'in-transit',
      MISSED: 'failed-to-deliver',
      DONE: 'delivered',
      SHOP: null,
    },
    times: [
      { text: '2026-03-29 00:59:59', at: '2026-03-29T00:59:59Z' },
      { text: '2026-03-29 02:00:00', at: '2026-03-29T01:00:00Z' },
    ],
  },
} as const satisfies ProviderExamples;

/** The same, recorded of a good provider that says with 200 that an order is refused. */
export const refusedWith200 = {
  ...goodExamples,
  answers: {
    ...goodExamples.answers,
    rejected: { status: 200, body: '{"why":"no such town"}', says: 'no such town' },
  },
} as const satisfies ProviderExamples;

/** The same, recorded of one whose events name parcels by our ids. */
export const trackedById = {
  ...goodExamples,
  webhook: {
    ...goodExamples.webhook,
    deliveries: [
      {
        body: '{"parcel":"co-1","steps":[{"status":"ROAD","at":"2026-07-01 12:00:00"}]}',
        events: [{ reference: 'co-1', code: 'ROAD', eventName: 'in-transit', at: '2026-07-01T11:00:00Z' }],
      },
    ],
  },
} as const satisfies ProviderExamples;
