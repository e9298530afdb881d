import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DatedEvent, latestEvent } from '../../src/shipments/status.ts';
import { EVENT_NAMES } from '../../src/vocabulary.ts';

/** Times are close together, so that many are equal and many lie in the future. */
const anEvent = fc.record<DatedEvent>({
  eventName: fc.constantFrom(...EVENT_NAMES),
  eventTimeMs: fc.integer({ min: 0, max: 6 }),
  receivedAtMs: fc.integer({ min: 0, max: 6 }),
});

function event(
  eventName: DatedEvent['eventName'],
  eventTimeMs: number,
  receivedAtMs = 1_000_000,
): DatedEvent {
  return { eventName, eventTimeMs, receivedAtMs };
}

test('there is no latest event among none', () => {
  expect(latestEvent([])).toBeUndefined();
});

const RULES: readonly [rule: string, one: DatedEvent, other: DatedEvent, expected: string][] = [
  ['the latest event counts', event('in-transit', 3), event('delivered', 2), 'in-transit'],
  ['delivered outranks a failed delivery', event('delivered', 5), event('failed-to-deliver', 5), 'delivered'],
  [
    'a failed delivery outranks transit',
    event('failed-to-deliver', 5),
    event('in-transit', 5),
    'failed-to-deliver',
  ],
  ['transit outranks waiting', event('in-transit', 5), event('waiting-for-collection', 5), 'in-transit'],
];

test.each(RULES)('%s', (_rule, one, other, expected) => {
  expect(latestEvent([one, other])?.eventName).toBe(expected);
  expect(latestEvent([other, one])?.eventName).toBe(expected);
});

test('a time in the future counts as the moment when the event was received', () => {
  const early = event('in-transit', 9000, 1000);
  const later = event('delivered', 1500, 2000);

  expect(latestEvent([early, later])).toBe(later);
  expect(latestEvent([early, event('delivered', 900, 2000)])).toBe(early);
});

test('the order of arrival never matters', () => {
  const events = fc.array(anEvent, { minLength: 1, maxLength: 8 });
  const shuffled = events.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  fc.assert(
    fc.property(shuffled, ([some, same]) => {
      expect(latestEvent(some)?.eventName).toBe(latestEvent(same)?.eventName);
    }),
  );
});

test('what was told already can be told again without a change', () => {
  fc.assert(
    fc.property(fc.array(anEvent, { minLength: 1, maxLength: 8 }), (events) => {
      expect(latestEvent([...events, ...events])).toBe(latestEvent(events));
    }),
  );
});
