import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { toRfc3339 } from '../../clock.ts';
import { standardWebhooks } from '../../providers/signature/standard-webhooks.ts';
import { characters, fields, list, oneOf, wholeNumber } from '../../schema.ts';
import { type Answer, json, problem } from '../answer.ts';
import type { Taking } from '../ledger.ts';
import { countryCode, isPlainJson, readOrderBody } from '../order-body.ts';
import type { OrderReading, Role } from '../role.ts';

const MAX_CHARACTERS = 35;

/** The brief's order, and nothing beside it. */
const orderSchema = fields({
  order_id: characters(MAX_CHARACTERS),
  delivery_service: oneOf(['standard', 'express']),
  items: list(
    fields({ item_id: characters(MAX_CHARACTERS), quantity: wholeNumber(1), weight: wholeNumber(1) }),
  ),
  delivery_address: fields({
    recipient: characters(MAX_CHARACTERS),
    line_1: characters(MAX_CHARACTERS),
    line_2: characters(MAX_CHARACTERS, { min: 0 }),
    city: characters(MAX_CHARACTERS),
    postcode: characters(MAX_CHARACTERS),
    country: countryCode(),
  }),
});

/** The provider of the brief. */
export const fictional: Role = {
  name: 'fictional',
  port: 9090,
  orderPath: '/orders',
  authorization: (apiKey) => `Bearer ${apiKey}`,
  readOrder,
  takesRepeats: false,
  parcelName: (orderId) => orderId,
  answers: {
    taken,
    failing: () => problem(503, 'A fault, as asked for: nothing was taken.'),
    throttled: problem(429, 'Too many orders in one second.', { headers: { 'retry-after': '1' } }),
    unauthorized: problem(401, 'The API key is missing or wrong.', {
      headers: { 'www-authenticate': 'Bearer' },
    }),
  },
  lives: {
    usual: ['waiting-for-collection', 'in-transit', 'delivered'],
    nobodyHome: ['waiting-for-collection', 'in-transit', 'failed-to-deliver', 'delivered'],
  },
  eventBody: (parcelName, { code, atMs }) =>
    JSON.stringify({
      order_id: parcelName,
      event_name: code,
      // In UTC.
      event_time: toRfc3339(atMs).slice(0, 19).replace('T', ' '),
    }),
  readKey: standardWebhooks.readKey,
  sign: (key, { id, timestampSeconds, body }) => ({
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`,
  }),
};

function readOrder(headers: IncomingHttpHeaders, body: Buffer | 'too_large'): OrderReading {
  if (body === 'too_large') return refuse(problem(413, 'The body is longer than 64 KiB.'));
  if (!isPlainJson(headers)) {
    return refuse(problem(415, 'The body must be application/json, not compressed.'));
  }
  const reading = readOrderBody(orderSchema, body);
  if (reading.kind === 'not_json') return refuse(problem(400, 'The body is not JSON in UTF-8.'));
  if (reading.kind === 'invalid') {
    return refuse(problem(422, 'The body is not an order.', { errors: reading.problems }));
  }
  const orderId = reading.order.order_id;
  const key = headers['idempotency-key'];
  if (key !== undefined && key !== `"${orderId}"`) {
    return refuse(problem(400, 'The Idempotency-Key must be the order_id in double quotes.'));
  }
  return { kind: 'order', orderId, json: reading.json };
}

function refuse(answer: Answer): OrderReading {
  return { kind: 'refused', answer };
}

function taken(taking: Taking, { orderId }: { orderId: string }): Answer {
  switch (taking) {
    case 'new':
      return json(201, JSON.stringify({ order_id: orderId, status: 'accepted' }));
    case 'replay':
      return problem(409, 'This order was taken already.');
    case 'conflict':
      return problem(422, 'An order with this order_id and another body was taken already.');
    default:
      return taking satisfies never;
  }
}
