import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';

function read(body: unknown, timezone: string) {
  if (!fictional.webhook) throw new Error('it sends events');
  return fictional.webhook.read(body, timezone);
}

const EVENT = { order_id: 'co-1', event_name: 'in-transit', event_time: '2023-05-19 13:18:45' };
const ORDER_ID = 'must be text of 1 to 35 characters, without control characters';
const EVENT_NAME = 'must be one of waiting-for-collection, in-transit, failed-to-deliver, delivered';
const EVENT_TIME = 'must be a real time: YYYY-MM-DD HH:MM:SS, or RFC 3339 with an offset';

test("reads the brief's event, whatever else is in it", () => {
  expect(read({ ...EVENT, carrier: { van: 7 } }, 'UTC')).toEqual({
    kind: 'events',
    events: [
      {
        reference: 'co-1',
        code: 'in-transit',
        eventName: 'in-transit',
        eventTimeMs: Date.parse('2023-05-19T13:18:45Z'),
        timePointer: '/event_time',
      },
    ],
  });
});

test.each([
  ['35 letters', 'x'.repeat(35)],
  ['35 characters beyond the first plane', '📦'.repeat(35)],
  ['a space', ' '],
])('takes an order_id of %s', (_name, order_id) => {
  expect(read({ ...EVENT, order_id }, 'UTC')).toMatchObject({
    events: [{ reference: order_id }],
  });
});

test.each([
  ['order_id', '', ORDER_ID],
  ['order_id', 'x'.repeat(36), ORDER_ID],
  ['order_id', '📦'.repeat(36), ORDER_ID],
  ['order_id', 'co\n1', ORDER_ID],
  ['order_id', 'co\u00001', ORDER_ID],
  ['order_id', 'co\u00851', ORDER_ID],
  ['order_id', 'co\ud800', ORDER_ID],
  ['order_id', 1, ORDER_ID],
  ['order_id', null, ORDER_ID],
  ['order_id', ['co-1'], ORDER_ID],
  ['event_name', 'lost', EVENT_NAME],
  ['event_name', 'In-Transit', EVENT_NAME],
  ['event_name', ['delivered'], EVENT_NAME],
  ['event_name', null, EVENT_NAME],
  ['event_time', '2023-02-29 00:00:00', EVENT_TIME],
  ['event_time', 1684502325, EVENT_TIME],
  ['event_time', null, EVENT_TIME],
  ['event_time', {}, EVENT_TIME],
])('refuses %s: %j', (field, value, message) => {
  expect(read({ ...EVENT, [field]: value }, 'UTC')).toEqual({
    kind: 'invalid',
    problems: [{ pointer: `/${field}`, message }],
  });
});

test.each([[null], [[]], [[EVENT]], ['text'], [1], [true]])('refuses %j', (body) => {
  expect(read(body, 'UTC')).toEqual({
    kind: 'invalid',
    problems: [{ pointer: '', message: 'must be an object' }],
  });
});

test('names everything that is missing', () => {
  expect(read({ __proto__: EVENT }, 'UTC')).toEqual({
    kind: 'invalid',
    problems: [
      { pointer: '/order_id', message: 'is missing' },
      { pointer: '/event_name', message: 'is missing' },
      { pointer: '/event_time', message: 'is missing' },
    ],
  });
});

test('throws at no JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(() => read(value, 'UTC')).not.toThrow();
    }),
  );
});
