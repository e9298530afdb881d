import type { ProviderExamples } from '../../src/provider-test/contract.ts';
import { parseEventTime } from '../../src/providers/event-time.ts';
import { fieldsOf, isName } from '../../src/providers/json.ts';
import type { Provider, Webhook } from '../../src/providers/provider.ts';
import { EVENT_NAMES } from '../../src/vocabulary.ts';
import { goodExamples, goodLookUp, goodProvider, goodWebhook } from './contract-subject.ts';

const read: Webhook['read'] = (body, timezone) => {
  const fields = fieldsOf(body);
  const [reference, code, time] = ['parcel', 'code', 'at'].map((name) => fields.get(name));
  const eventTimeMs = typeof time === 'string' ? parseEventTime(time, timezone) : undefined;
  if (!isName(reference) || typeof code !== 'number' || eventTimeMs === undefined) {
    return { kind: 'invalid', problems: [{ pointer: '', message: 'must have parcel, code and at' }] };
  }
  const eventName = EVENT_NAMES[code] ?? null;
  return {
    kind: 'events',
    events: [{ reference, code: String(code), eventName, eventTimeMs, timePointer: '/at' }],
  };
};

/** Right as well: it takes forms and short ids, tells by its status alone that it has no order, and counts its codes. */
export const oddProvider: Provider = {
  ...goodProvider,
  limits: { shipmentId: 12 },
  body: (shipment) => new URLSearchParams({ order: goodProvider.body(shipment) }).toString(),
  repeatedOrders: {
    ...goodLookUp,
    reading: (answer, shipmentId) =>
      answer.status === 404 && answer.body.trim() === ''
        ? { kind: 'has-it-not' }
        : goodLookUp.reading(answer, shipmentId),
  },
  webhook: { ...goodWebhook, read },
};

export const oddExamples: ProviderExamples = {
  ...goodExamples,
  request: {
    ...goodExamples.request,
    body: new URLSearchParams({ order: goodExamples.request.body }).toString(),
  },
  otherService: {
    ...goodExamples.otherService,
    body: new URLSearchParams({ order: goodExamples.otherService.body }).toString(),
  },
  texts: (body) => strings(JSON.parse(new URLSearchParams(body).get('order') ?? '')),
  lookUp: { ...goodExamples.lookUp, hasItNot: { status: 404 } },
  webhook: {
    ...goodExamples.webhook,
    deliveries: [
      {
        body: '{"parcel":"P1","code":1,"at":"2026-07-01 12:00:00"}',
        events: [{ reference: 'P1', code: '1', eventName: 'in-transit', at: '2026-07-01T11:00:00Z' }],
      },
    ],
    delivery: ({ reference, code, time }) => `{"parcel":"${reference}","code":${code},"at":"${time}"}`,
    vocabulary: {
      0: 'waiting-for-collection',
      1: 'in-transit',
      2: 'failed-to-deliver',
      3: 'delivered',
      4: null,
    },
    unknownCode: '999',
  },
};

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}
