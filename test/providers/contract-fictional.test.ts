import { Webhook } from 'standardwebhooks';
import { test } from 'vitest';
import { providerContract } from '../../src/provider-test/contract.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { aShipment } from '../support/factories.ts';

const AN_EVENT = { order_id: 'co-1', event_name: 'in-transit', event_time: '2023-05-19 13:18:45' };

const rules = providerContract(fictional, {
  shipment: aShipment({ shipmentId: 'co-1.20260529' }),
  credentials: { apiKey: 'k-123' },
  request: {
    method: 'POST',
    path: '/orders',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': '"co-1.20260529"',
      authorization: 'Bearer k-123',
    },
    body:
      '{"order_id":"co-1.20260529","delivery_service":"standard",' +
      '"items":[{"item_id":"it-1","quantity":2,"weight":10}],' +
      '"delivery_address":{"recipient":"John Doe","line_1":"The battleship building","line_2":"179 harrow road",' +
      '"city":"London","postcode":"W2 6NB","country":"GB"}}',
  },
  otherService: {
    method: 'POST',
    path: '/orders',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': '"co-1.20260529"',
      authorization: 'Bearer k-123',
    },
    body:
      '{"order_id":"co-1.20260529","delivery_service":"express",' +
      '"items":[{"item_id":"it-1","quantity":2,"weight":10}],' +
      '"delivery_address":{"recipient":"John Doe","line_1":"The battleship building","line_2":"179 harrow road",' +
      '"city":"London","postcode":"W2 6NB","country":"GB"}}',
  },
  answers: {
    accepted: { status: 201, body: '{"status":"accepted"}' },
    repeated: { status: 409, body: '{"error":"order exists"}' },
    rejected: { status: 422, body: '{"error":"unknown postcode"}', says: 'unknown postcode' },
    throttled: { status: 429, headers: { 'retry-after': 'Fri, 29 May 2026 08:00:07 GMT' }, seconds: 7 },
    unauthorized: { status: 401, body: '{"error":"who are you?"}' },
    failing: { status: 502, body: '<html>Bad Gateway</html>' },
  },
  webhook: {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    otherSecret: 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX',
    sign: (body, secret) => ({
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1684502325',
      'webhook-signature': new Webhook(secret).sign('msg_1', new Date('2023-05-19T13:18:45Z'), body),
    }),
    deliveries: [
      {
        body: JSON.stringify(AN_EVENT),
        events: [
          { reference: 'co-1', code: 'in-transit', eventName: 'in-transit', at: '2023-05-19T13:18:45Z' },
        ],
      },
      {
        body: JSON.stringify({ ...AN_EVENT, event_time: '2023-05-19T13:18:45+02:00', parcel: { depot: 7 } }),
        events: [
          { reference: 'co-1', code: 'in-transit', eventName: 'in-transit', at: '2023-05-19T11:18:45Z' },
        ],
      },
    ],
    delivery: ({ reference, code, time }) =>
      JSON.stringify({ order_id: reference, event_name: code, event_time: time }),
    vocabulary: {
      'waiting-for-collection': 'waiting-for-collection',
      'in-transit': 'in-transit',
      'failed-to-deliver': 'failed-to-deliver',
      delivered: 'delivered',
    },
    unknownCodes: 'refused',
    times: [
      { text: '2026-03-29 00:59:59', at: '2026-03-29T00:59:59Z' },
      { text: '2026-03-29 01:30:00', at: '2026-03-29T01:30:00Z' },
      { text: '2026-03-29 00:59:59', timezone: 'Europe/London', at: '2026-03-29T00:59:59Z' },
      { text: '2026-03-29 02:00:00', timezone: 'Europe/London', at: '2026-03-29T01:00:00Z' },
      { text: '2026-10-25 00:59:59', timezone: 'Europe/London', at: '2026-10-24T23:59:59Z' },
      { text: '2026-10-25 02:00:00', timezone: 'Europe/London', at: '2026-10-25T02:00:00Z' },
    ],
  },
});

for (const { name, check } of rules) test(name, check);
