import { createHmac } from 'node:crypto';
import { test } from 'vitest';
import { providerContract } from '../../src/provider-test/contract.ts';
import { oddpost } from '../../src/providers/oddpost.ts';

const TAKEN = '{"results":[{"clientReference":"co-1.20260529","state":"BOOKED","consignmentNo":"OP-4711"}]}';
const NOT_TAKEN =
  '{"results":[{"clientReference":"co-1.20260529","state":"REFUSED","code":"POSTCODE","text":"no such postcode"}]}';
const LATER =
  '{"results":[{"clientReference":"co-1.20260529","state":"TRY_LATER","code":"DEPOT","text":"depot closed"}]}';

const rules = providerContract(oddpost, {
  shipment: {
    shipmentId: 'co-1.20260529',
    deliveryService: 'express',
    items: [{ itemId: 'it-1', quantity: 2, weightGrams: 1250 }],
    deliveryAddress: {
      recipient: 'Jörg Müller',
      line1: 'Ackerstraße 12',
      line2: '',
      city: 'Berlin',
      postcode: '10115',
      country: 'DE',
    },
  },
  credentials: { apiKey: 'shop:sesame' },
  request: {
    method: 'POST',
    path: '/v2/consignments',
    headers: { 'content-type': 'application/json', authorization: 'Basic c2hvcDpzZXNhbWU=' },
    body:
      '{"consignment":{"clientReference":"co-1.20260529","serviceCode":"EXP","recipientName":"Jörg Müller",' +
      '"address":{"lines":["Ackerstraße 12"],"town":"Berlin","postCode":"10115","countryCode":"DE"},' +
      '"parcels":[{"sku":"it-1","pieces":2,"unitWeightKg":1.25}]}}',
  },
  otherService: {
    method: 'POST',
    path: '/v2/consignments',
    headers: { 'content-type': 'application/json', authorization: 'Basic c2hvcDpzZXNhbWU=' },
    body:
      '{"consignment":{"clientReference":"co-1.20260529","serviceCode":"STD","recipientName":"Jörg Müller",' +
      '"address":{"lines":["Ackerstraße 12"],"town":"Berlin","postCode":"10115","countryCode":"DE"},' +
      '"parcels":[{"sku":"it-1","pieces":2,"unitWeightKg":1.25}]}}',
  },
  answers: {
    accepted: { status: 200, body: TAKEN, trackingNumber: 'OP-4711' },
    rejected: { status: 200, body: NOT_TAKEN, says: 'no such postcode' },
    throttled: { status: 503, headers: { 'retry-after': '30' }, body: 'busy', seconds: 30 },
    unauthorized: { status: 401, headers: { 'www-authenticate': 'Basic' } },
    failing: { status: 200, body: LATER },
  },
  lookUp: {
    request: {
      method: 'GET',
      path: '/v2/consignments?clientReference=co-1.20260529',
      headers: { authorization: 'Basic c2hvcDpzZXNhbWU=' },
    },
    hasIt: {
      status: 200,
      body: '{"consignments":[{"clientReference":"co-1.20260529","consignmentNo":"OP-4711","state":"BOOKED"}]}',
      trackingNumber: 'OP-4711',
    },
    hasItNot: { status: 200, body: '{"consignments":[]}' },
    unclear: { status: 404, body: '{"message":"no such path"}' },
  },
  webhook: {
    secret: 'oddpost-secret-of-32-characters!',
    otherSecret: 'oddpost-secret-of-others-long-too',
    sign: (body, secret) => ({
      'X-Oddpost-Signature': createHmac('sha256', secret).update(body).digest('hex'),
    }),
    deliveries: [
      {
        body:
          '{"consignmentNo":"OP-4711","history":[' +
          '{"code":"BOOKED","at":"2026-03-20T14:02:11Z"},' +
          '{"code":"READY","at":"2026-03-20 15:08:42 +0100"},' +
          '{"code":"VAN","at":"2026-03-21T08:00:00+01:00","depot":"Moabit"}]}',
        events: [
          { reference: 'OP-4711', code: 'BOOKED', eventName: null, at: '2026-03-20T14:02:11Z' },
          {
            reference: 'OP-4711',
            code: 'READY',
            eventName: 'waiting-for-collection',
            at: '2026-03-20T14:08:42Z',
          },
          { reference: 'OP-4711', code: 'VAN', eventName: 'in-transit', at: '2026-03-21T07:00:00Z' },
        ],
      },
    ],
    delivery: ({ reference, code, time }) =>
      JSON.stringify({ consignmentNo: reference, history: [{ code, at: time }] }),
    vocabulary: {
      BOOKED: null,
      LABEL: null,
      READY: 'waiting-for-collection',
      PICKUP: 'in-transit',
      HUB: 'in-transit',
      CUSTOMS: 'in-transit',
      VAN: 'in-transit',
      NOBODY: 'failed-to-deliver',
      BADADDR: 'failed-to-deliver',
      DOOR: 'delivered',
      NEIGHBOUR: 'delivered',
      SHOP: null,
      RETURN: null,
    },
    times: [
      { text: '2026-03-29 01:59:59', at: '2026-03-29T00:59:59Z' },
      { text: '2026-03-29 03:00:00', at: '2026-03-29T01:00:00Z' },
      { text: '2026-10-25T01:59:59', at: '2026-10-24T23:59:59Z' },
      { text: '2026-10-25T03:00:00', at: '2026-10-25T02:00:00Z' },
      { text: '2026-03-20 15:08:42 +0100', at: '2026-03-20T14:08:42Z' },
      { text: '2026-03-20 15:08:42+0100', at: '2026-03-20T14:08:42Z' },
      { text: '2026-03-20T14:08:42.5Z', at: '2026-03-20T14:08:42.5Z' },
    ],
  },
});

for (const { name, check } of rules) test(name, check);
