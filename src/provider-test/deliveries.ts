import assert from 'node:assert/strict';
import type { Provider, TrackingEvent } from '../providers/provider.ts';
import type { ProviderExamples, Rule } from './examples.ts';
import { at, eventsOf, partsOf } from './readings.ts';
import { longestIds } from './variations.ts';

/** How often each entry of a delivery is repeated, so that one that is cut after a few lacks others. */
const REPEATS = 5;
const ZONES = ['Pacific/Honolulu', 'Asia/Tokyo'] as const;
/** A zone or an offset at the end, or a count of seconds. */
const WITH_ZONE = /([a-z]|[+-]\d{1,2}(:?\d{2})?)$|^[\d.]+$/i;

/** What the events of a delivery are: which parcels, how many, when. */
export function deliveryRules({ webhook, timezone, limits }: Provider, examples: ProviderExamples): Rule[] {
  if (!webhook || !examples.webhook) return [];
  const { deliveries, delivery, vocabulary, times } = examples.webhook;
  const { answers, lookUp } = examples;
  const read = (body: string, zone = timezone) => webhook.read(JSON.parse(body), zone);
  const reference = deliveries[0]?.events[0]?.reference ?? 'co-1';
  const codes = Object.keys(vocabulary);
  const [code = ''] = codes;
  const time = times[0]?.text ?? '';
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
      name: 'events name a parcel as its order or the answer to it did',
      check() {
        const names =
          webhook.tracks === 'shipment-id'
            ? longestIds(limits)
            : [answers.accepted, lookUp?.hasIt].flatMap((answer) => answer?.trackingNumber ?? []);
        for (const name of names) {
          const references = eventsOf(read(delivery({ reference: name, code, time }))).map(
            (event) => event.reference,
          );
          assert.deepEqual(references, [name]);
        }
      },
    },
    {
      name: 'a delivery that lists several events is read whole',
      check() {
        const single = codes.map((each) => delivery({ reference, code: each, time }));
        const expected = single.flatMap((body) => eventsOf(read(body)));
        const first = JSON.parse(single[0] ?? 'null');
        for (const list of listsIn(first, expected[0]?.timePointer ?? '')) {
          const entries = single.flatMap((body) => at(JSON.parse(body), list));
          const batch = entries.flatMap((entry) => Array.from({ length: REPEATS }, () => entry));
          const reading = webhook.read(withPart(first, list, batch), timezone);
          // What is refused is not lost: the provider is told.
          if (reading.kind === 'invalid') continue;
          assert.deepEqual(codesOf(reading.events), codesOf(expected));
        }
      },
    },
    {
      name: 'times are those of its zone, on both sides of a clock change',
      check() {
        assert.ok(times.length >= 2, 'there are no times on both sides of a clock change');
        const timeOf = (text: string, zone?: string) =>
          eventsOf(read(delivery({ reference, code, time: text }), zone))[0]?.eventTimeMs ?? Number.NaN;
        for (const { text, at, timezone: zone } of times) {
          assert.equal(rfc3339(timeOf(text, zone)), rfc3339(Date.parse(at)), text);
          if (WITH_ZONE.test(text)) continue;
          const [first, second] = ZONES.map((each) => timeOf(text, each));
          assert.notEqual(first, second, `${text} is the same time in whatever zone it is read`);
        }
      },
    },
  ];
}

function codesOf(events: readonly TrackingEvent[]): Set<string> {
  return new Set(events.map(({ code }) => code));
}

/** Where the lists stand that the event is in whose time is there. */
function listsIn(body: unknown, timePointer: string): (readonly string[])[] {
  const parts = partsOf(timePointer);
  return parts.map((_, length) => parts.slice(0, length)).filter((list) => isListOfParts(at(body, list)));
}

/** Of objects or lists: a list of mere texts may itself be an event. */
function isListOfParts(value: unknown): boolean {
  return Array.isArray(value) && value.every((part) => typeof part === 'object' && part !== null);
}

function withPart(value: unknown, [key, ...rest]: readonly string[], part: unknown): unknown {
  if (key === undefined) return part;
  const changed = withPart(at(value, [key]), rest, part);
  if (Array.isArray(value)) return value.with(Number(key), changed);
  return { ...Object(value), [key]: changed };
}

/** Of any number: what is no time is shown as it is. */
function rfc3339(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms);
}
