import assert from 'node:assert/strict';
import {
  type DeliveryReading,
  EVENT_NAMES,
  type Provider,
  type TrackingEvent,
} from '../providers/provider.ts';
import type { ProviderExamples, Rule } from './examples.ts';
import { randomValues, spoiled } from './garbage.ts';
import { isName } from './names.ts';

const NO_DELIVERIES: readonly unknown[] = [null, true, 42, '', 'text', {}, [null], ['text'], { a: 1 }];
const UNKNOWN_CODE = 'NEVER-SEEN-7';

/** What the events of a delivery are. */
export function eventRules({ webhook, timezone }: Provider, { webhook: examples }: ProviderExamples): Rule[] {
  if (!webhook || !examples) return [];
  const { deliveries, delivery, vocabulary, neverReports = [], unknownCodes = 'kept', times } = examples;
  const read = (body: string, zone = timezone) => webhook.read(JSON.parse(body), zone);
  const reference = deliveries[0]?.events[0]?.reference ?? 'co-1';
  const [firstTime] = times;
  const time = firstTime?.text ?? '';
  return [
    {
      name: 'the recorded deliveries are read as recorded',
      check() {
        assert.ok(deliveries.length > 0, 'there is no recorded delivery');
        for (const { body, events } of deliveries) {
          const found = eventsOf(read(body)).map(({ reference, code, eventName, eventTimeMs }) => ({
            reference,
            code,
            eventName,
            at: rfc3339(eventTimeMs),
          }));
          assert.deepEqual(
            found,
            events.map((event) => ({ ...event, at: rfc3339(Date.parse(event.at)) })),
          );
        }
      },
    },
    {
      name: 'every code of its vocabulary means what it should',
      check() {
        const meanings = Object.keys(vocabulary).flatMap((code) =>
          eventsOf(read(delivery({ reference, code, time }))).map((event) => [event.code, event.eventName]),
        );
        assert.deepEqual(meanings, Object.entries(vocabulary));
      },
    },
    {
      name: 'each of the four events comes up, but for those that it never reports',
      check() {
        const meant = new Set(
          Object.keys(vocabulary).flatMap((code) => {
            const reading = read(delivery({ reference, code, time }));
            return reading.kind === 'events' ? reading.events.map(({ eventName }) => eventName) : [];
          }),
        );
        assert.deepEqual(EVENT_NAMES.filter((name) => !meant.has(name)).sort(), [...neverReports].sort());
      },
    },
    {
      name: 'times are those of its zone, on both sides of a clock change',
      check() {
        assert.ok(times.length >= 2, 'there are no times on both sides of a clock change');
        const [code = ''] = Object.keys(vocabulary);
        for (const { text, at, timezone: zone } of times) {
          const [event] = eventsOf(read(delivery({ reference, code, time: text }), zone));
          assert.equal(event && rfc3339(event.eventTimeMs), rfc3339(Date.parse(at)), text);
        }
      },
    },
    {
      name: `a code that it never used before is ${unknownCodes}`,
      check() {
        const reading = read(delivery({ reference, code: UNKNOWN_CODE, time }));
        if (unknownCodes === 'refused') {
          assert.equal(reading.kind, 'invalid');
          return;
        }
        const found = eventsOf(reading).map(({ code, eventName }) => ({ code, eventName }));
        assert.deepEqual(found, [{ code: UNKNOWN_CODE, eventName: null }]);
      },
    },
    {
      name: 'what is no delivery is invalid, with pointers to what is wrong',
      check() {
        for (const body of [...NO_DELIVERIES, ...[...randomValues(500)].filter((value) => !isEmpty(value))]) {
          const reading = webhook.read(body, timezone);
          assert.equal(reading.kind, 'invalid', JSON.stringify(body));
          assertWellFormed(reading, body);
        }
        assert.equal(
          read(delivery({ reference, code: Object.keys(vocabulary)[0] ?? '', time: 'soon' })).kind,
          'invalid',
        );
      },
    },
    {
      name: 'any delivery has a meaning, however it was spoiled',
      check() {
        for (const { body } of deliveries) {
          const value = JSON.parse(body);
          assertWellFormed(webhook.read(value, timezone), JSON.parse(body));
          for (const other of spoiled(value)) assertWellFormed(webhook.read(other, timezone), other);
        }
      },
    },
  ];
}

function eventsOf(reading: DeliveryReading): readonly TrackingEvent[] {
  if (reading.kind === 'events') return reading.events;
  return assert.fail(`invalid: ${JSON.stringify(reading.problems)}`);
}

function assertWellFormed(reading: DeliveryReading, body: unknown): void {
  const of = `of ${JSON.stringify(body).slice(0, 300)}`;
  if (reading.kind === 'invalid') {
    assert.ok(reading.problems.length > 0, `invalid without a problem ${of}`);
    for (const { pointer, message } of reading.problems) {
      assert.match(pointer, /^(\/([^~/]|~[01])*)*$/, `a pointer ${of}`);
      assert.ok(typeof message === 'string' && message.trim() !== '', `a problem without a message ${of}`);
    }
    return;
  }
  for (const event of reading.events) {
    assert.ok(isName(event.reference), `the reference ${JSON.stringify(event.reference)} ${of}`);
    assert.ok(isName(event.code), `the code ${JSON.stringify(event.code)} ${of}`);
    assert.ok(
      event.eventName === null || EVENT_NAMES.includes(event.eventName),
      `${event.eventName} is no event`,
    );
    assert.ok(Number.isSafeInteger(event.eventTimeMs), `the time ${event.eventTimeMs} ${of}`);
    assert.ok(
      ['string', 'number'].includes(typeof at(body, event.timePointer)),
      `no time at ${event.timePointer} ${of}`,
    );
    assert.ok(event.raw === undefined || typeof event.raw === 'string', `raw ${of}`);
  }
}

/** What a JSON pointer points at. */
function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Of any number: what is no time is shown as it is. */
function rfc3339(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms);
}
