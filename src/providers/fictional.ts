import { EVENT_NAMES } from '../vocabulary.ts';
import { parseEventTime } from './event-time.ts';
import { fieldsOf, isLine, isObject } from './json.ts';
import { outcomeByStatus } from './outcome.ts';
import type { DeliveryReading, HttpAnswer, Outcome, Provider, ShipmentRequest } from './provider.ts';
import { standardWebhooks } from './signature/standard-webhooks.ts';

const MAX_ORDER_ID_LENGTH = 35;

/** The provider of the brief: JSON in, tracking events back. It recognises an order that is sent again. */
export const fictional: Provider = {
  name: 'fictional',
  defaultUrl: 'http://127.0.0.1:9090',
  timezone: 'UTC',
  limits: {},
  repeatedOrders: { kind: 'recognised' },
  body: (shipment) => JSON.stringify(orderJson(shipment)),
  request: (shipmentId, { apiKey }) => ({
    method: 'POST',
    path: '/orders',
    headers: {
      'content-type': 'application/json',
      // A structured-field string, hence the quotes; shipment ids hold no character that needs escaping.
      'idempotency-key': `"${shipmentId}"`,
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
  }),
  outcome,
  webhook: { tracks: 'shipment-id', signature: standardWebhooks, read: readDelivery },
};

function orderJson({ shipmentId, deliveryService, items, deliveryAddress }: ShipmentRequest) {
  return {
    order_id: shipmentId,
    delivery_service: deliveryService,
    items: items.map((item) => ({ item_id: item.itemId, quantity: item.quantity, weight: item.weightGrams })),
    delivery_address: {
      recipient: deliveryAddress.recipient,
      line_1: deliveryAddress.line1,
      line_2: deliveryAddress.line2,
      city: deliveryAddress.city,
      postcode: deliveryAddress.postcode,
      country: deliveryAddress.country,
    },
  };
}

function outcome(answer: HttpAnswer, nowMs: number): Outcome {
  // It knows this order_id already: an earlier attempt arrived although its answer did not.
  if (answer.status === 409) return { kind: 'accepted', httpStatus: 409 };
  return outcomeByStatus(answer, nowMs);
}

function readDelivery(body: unknown, timezone: string): DeliveryReading {
  if (!isObject(body)) {
    return { kind: 'invalid', problems: [{ pointer: '', message: 'must be an object' }] };
  }
  const fields = fieldsOf(body);
  const reference = fields.get('order_id');
  const eventName = EVENT_NAMES.find((name) => name === fields.get('event_name'));
  const eventTime = fields.get('event_time');
  const eventTimeMs = typeof eventTime === 'string' ? parseEventTime(eventTime, timezone) : undefined;
  if (isOrderId(reference) && eventName !== undefined && eventTimeMs !== undefined) {
    return {
      kind: 'events',
      events: [{ reference, code: eventName, eventName, eventTimeMs, timePointer: '/event_time' }],
    };
  }
  const problem = (name: string, rule: string) => ({
    pointer: `/${name}`,
    message: fields.has(name) ? rule : 'is missing',
  });
  const problems = [
    ...(isOrderId(reference)
      ? []
      : [problem('order_id', 'must be text of 1 to 35 characters, without control characters')]),
    ...(eventName === undefined ? [problem('event_name', `must be one of ${EVENT_NAMES.join(', ')}`)] : []),
    ...(eventTimeMs === undefined
      ? [problem('event_time', 'must be a real time: YYYY-MM-DD HH:MM:SS, or RFC 3339 with an offset')]
      : []),
  ];
  return { kind: 'invalid', problems };
}

function isOrderId(value: unknown): value is string {
  // A character has one or two UTF-16 units.
  return isLine(value, 2 * MAX_ORDER_ID_LENGTH) && [...value].length <= MAX_ORDER_ID_LENGTH;
}
