import assert from 'node:assert/strict';
import { EVENT_NAMES } from '../vocabulary.ts';
import { partAt, randomValues, spoiledJson, withPart } from './garbage.ts';
import { checkReading, type deliverySubject, eventsOf, keysOf, rfc3339 } from './readings.ts';
import type { RuleTable } from './rule.ts';
import { longestIds } from './variations.ts';

/** How often each entry of a delivery is repeated, so that one that is cut after a few lacks others. */
const REPEATS = 5;
const ZONES = ['Pacific/Honolulu', 'Asia/Tokyo'];
/** A zone or an offset at the end, or a count of seconds. */
const WITH_ZONE = /([a-z]|[+-]\d{1,2}(:?\d{2})?)$|^[\d.]+$/i;
const INHERITED = ['constructor', '__proto__', 'toString'];
const NO_DELIVERIES: readonly unknown[] = [null, true, 42, '', 'text', {}, [null], ['text'], { a: 1 }];

type Subject = ReturnType<typeof deliverySubject>;

/** What the events of a delivery are: which parcels, how many, when, and what their codes mean. */
export const DELIVERY_RULES: RuleTable<Subject> = {
  'the recorded deliveries are read as recorded': ({ deliveries, read }) => {
    assert.ok(deliveries.length > 0, 'there is no recorded delivery');
    for (const { body, events } of deliveries) {
      const found = eventsOf(read(JSON.parse(body))).map(({ reference, code, eventName, eventTimeMs }) => {
        return { reference, code, eventName, at: rfc3339(eventTimeMs) };
      });
      const expected = events.map((event) => ({ ...event, at: rfc3339(Date.parse(event.at)) }));
      assert.deepEqual(found, expected);
    }
  },
  'events name a parcel as its order or the answer to it did': (subject) => {
    const { provider, tracks, numbers, deliveryOf, read } = subject;
    for (const reference of tracks === 'shipment-id' ? longestIds(provider.limits) : numbers) {
      const references = eventsOf(read(deliveryOf({ reference }))).map((event) => event.reference);
      assert.deepEqual(references, [reference]);
    }
  },
  'a delivery that lists several events is read whole': ({ codes, deliveryOf, read }) => {
    const single = codes.map((code) => deliveryOf({ code }));
    const events = single.flatMap((body) => eventsOf(read(body)));
    const expected = new Set(events.map(({ code }) => code));
    for (const list of listsIn(single[0], events[0]?.timePointer ?? '')) {
      const entries = single.flatMap((body) => partAt(body, list));
      const several = entries.flatMap((entry) => Array.from({ length: REPEATS }, () => entry));
      const reading = read(withPart(single[0], list, several));
      // What is refused is not lost: the provider is told.
      if (reading.kind === 'invalid') continue;
      assert.deepEqual(new Set(reading.events.map(({ code }) => code)), expected);
    }
  },
  'times are those of its zone, on both sides of a clock change': ({ times, deliveryOf, read }) => {
    assert.ok(times.length >= 2, 'there are no times on both sides of a clock change');
    const timeOf = (time: string, zone?: string) =>
      eventsOf(read(deliveryOf({ time }), zone))[0]?.eventTimeMs ?? Number.NaN;
    for (const { text, at, timezone } of times) {
      const [found, expected] = [timeOf(text, timezone), Date.parse(at)].map(rfc3339);
      assert.equal(found, expected, `${text} is read as ${found}, and is ${expected}`);
      if (WITH_ZONE.test(text)) continue;
      const [first, second] = ZONES.map((zone) => timeOf(text, zone));
      assert.notEqual(first, second, `${text} is the same time in whatever zone it is read`);
    }
  },
  'every code of its vocabulary means what it should': ({ codes, vocabulary, deliveryOf, read }) => {
    const events = codes.flatMap((code) => eventsOf(read(deliveryOf({ code }))));
    const meanings = events.map(({ code, eventName }) => [code, eventName]);
    assert.deepEqual(meanings, Object.entries(vocabulary));
  },
  'each of the four events comes up, but for those that it never reports': (subject) => {
    const readings = subject.codes.map((code) => subject.read(subject.deliveryOf({ code })));
    const events = readings.flatMap((reading) => (reading.kind === 'events' ? reading.events : []));
    const missing = EVENT_NAMES.filter((name) => !events.some(({ eventName }) => eventName === name));
    assert.deepEqual(new Set(missing), new Set(subject.neverReports));
  },
  'a code that it never used before is kept': {
    onlyWhere: ({ unknownCodes }) => unknownCodes !== 'refused',
    check(subject) {
      const { unknownCode = 'NEVER-SEEN-7', deliveryOf, read } = subject;
      const events = eventsOf(read(deliveryOf({ code: unknownCode })));
      const found = events.map(({ code, eventName }) => ({ code, eventName }));
      assert.deepEqual(found, [{ code: unknownCode, eventName: null }]);
      checkNothingGuessed(subject);
    },
  },
  'a code that it never used before is refused': {
    onlyWhere: ({ unknownCodes }) => unknownCodes === 'refused',
    check(subject) {
      const { unknownCode: code = 'NEVER-SEEN-7', deliveryOf, read } = subject;
      assert.equal(read(deliveryOf({ code })).kind, 'invalid');
      checkNothingGuessed(subject);
    },
  },
  'what is no delivery is invalid, with pointers to what is wrong': ({ deliveryOf, read }) => {
    const random = randomValues(500).filter((value) => !Array.isArray(value) || value.length > 0);
    for (const body of [...NO_DELIVERIES, ...random, deliveryOf({ time: 'soon' })]) {
      const reading = read(body);
      assert.equal(reading.kind, 'invalid', `${reading.kind}, and must be invalid: ${JSON.stringify(body)}`);
      checkReading(reading, body);
    }
  },
  'any delivery has a meaning, however it was spoiled': ({ deliveries, read }) => {
    for (const text of deliveries.flatMap(({ body }) => [body, ...spoiledJson(JSON.parse(body))])) {
      checkReading(read(JSON.parse(text)), JSON.parse(text));
    }
  },
};

/** A code that is like one of its own, or that every object has, means nothing. */
function checkNothingGuessed({ codes, deliveryOf, read }: Subject): void {
  const canHold = (code: string) => {
    try {
      return deliveryOf({ code }) !== undefined;
    } catch {
      return false;
    }
  };
  const others = [...INHERITED, ...codes.flatMap(similar)].filter((code) => !codes.includes(code));
  // What has not even the shape of a code no delivery can hold.
  for (const code of others.filter(canHold)) {
    const reading = read(deliveryOf({ code }));
    if (reading.kind === 'invalid') continue;
    const found = reading.events.map(({ eventName }) => eventName);
    assert.deepEqual(found, [null], `${code} is taken for ${found}`);
  }
}

function similar(code: string): string[] {
  return [`X${code}`, `${code}X`, `NOT_${code}`, code.toUpperCase(), code.toLowerCase()];
}

/** Where the lists stand that the event is in whose time is there. */
function listsIn(body: unknown, timePointer: string): string[][] {
  const keys = keysOf(timePointer);
  return keys.map((_, length) => keys.slice(0, length)).filter((path) => isListOfParts(partAt(body, path)));
}

/** Of objects or lists: a list of mere texts may itself be an event. */
function isListOfParts(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === 'object' && part !== null);
}
