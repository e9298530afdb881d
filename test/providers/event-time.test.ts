import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseEventTime } from '../../src/providers/event-time.ts';

test.each([
  ["the brief's example", '2023-05-19 13:18:45', '2023-05-19T13:18:45Z'],
  ['a leap day', '2024-02-29 23:59:59', '2024-02-29T23:59:59Z'],
  ['the leap day of a century', '2000-02-29 00:00:00', '2000-02-29T00:00:00Z'],
  ['an early year', '0099-12-31 00:00:00', '0099-12-31T00:00:00Z'],
  ['Z', '2023-05-19T13:18:45Z', '2023-05-19T13:18:45Z'],
  ['small letters', '2023-05-19t13:18:45z', '2023-05-19T13:18:45Z'],
  ['a space and Z', '2023-05-19 13:18:45Z', '2023-05-19T13:18:45Z'],
  ['an offset', '2023-05-19T13:18:45+05:30', '2023-05-19T07:48:45Z'],
  ['a negative offset over midnight', '2023-12-31T23:30:00-01:00', '2024-01-01T00:30:00Z'],
  ['an unknown offset', '2023-05-19T13:18:45-00:00', '2023-05-19T13:18:45Z'],
  ['milliseconds', '2023-05-19T13:18:45.123Z', '2023-05-19T13:18:45.123Z'],
  ['nanoseconds', '2023-05-19T13:18:45.123999999Z', '2023-05-19T13:18:45.123Z'],
])('reads %s: %s', (_name, text, expected) => {
  expect(parseEventTime(text, 'UTC')).toBe(Date.parse(expected));
});

test.each([
  ['nothing', ''],
  ['a date alone', '2023-05-19'],
  ['no seconds', '2023-05-19 13:18'],
  ['no offset after T', '2023-05-19T13:18:45'],
  ['a fraction without an offset', '2023-05-19 13:18:45.5'],
  ['29 February of a common year', '2023-02-29 00:00:00'],
  ['29 February of a common century', '1900-02-29T00:00:00Z'],
  ['31 April', '2023-04-31 00:00:00'],
  ['day 0', '2023-04-00 00:00:00'],
  ['month 13', '2023-13-01T00:00:00Z'],
  ['month 0', '2023-00-01T00:00:00Z'],
  ['year 0', '0000-01-01 00:00:00'],
  ['24 hours', '2023-05-19 24:00:00'],
  ['60 minutes', '2023-05-19 13:60:00'],
  ['60 seconds', '2016-12-31T23:59:60Z'],
  ['an offset of a day', '2023-05-19T13:18:45+24:00'],
  ['an offset without a colon', '2023-05-19T13:18:45+0530'],
  ['a named zone', '2023-05-19T13:18:45Z[Europe/London]'],
  ['full-width digits', '２０２３-05-19 13:18:45'],
  ['Arabic digits', '٢٠٢٣-05-19 13:18:45'],
  ['a space before', ' 2023-05-19 13:18:45'],
  ['a line break after', '2023-05-19 13:18:45\n'],
  ['two spaces', '2023-05-19  13:18:45'],
  ['a sign', '+2023-05-19 13:18:45'],
  ['five digits', '12023-05-19 13:18:45'],
  ['slashes', '2023/05/19 13:18:45'],
  ['a comma', '2023-05-19T13:18:45,5Z'],
  ['seconds since the epoch', '1684502325'],
])('does not read %s: %s', (_name, text) => {
  expect(parseEventTime(text, 'UTC')).toBeUndefined();
});

describe("in the provider's time zone", () => {
  test.each([
    ['winter', '2026-01-15 12:00:00', '2026-01-15T12:00:00Z'],
    ['summer', '2026-06-15 12:00:00', '2026-06-15T11:00:00Z'],
    ['the hour before the gap', '2026-03-29 00:59:59', '2026-03-29T00:59:59Z'],
    ['a time in the gap', '2026-03-29 01:30:00', '2026-03-29T01:30:00Z'],
    ['the hour after the gap', '2026-03-29 02:00:00', '2026-03-29T01:00:00Z'],
    ['the first of two hours', '2026-10-25 01:30:00', '2026-10-25T00:30:00Z'],
    ['the hour after both', '2026-10-25 02:00:00', '2026-10-25T02:00:00Z'],
    ['a time that has an offset', '2026-06-15T12:00:00+03:00', '2026-06-15T09:00:00Z'],
  ])('reads %s', (_name, text, expected) => {
    expect(parseEventTime(text, 'Europe/London')).toBe(Date.parse(expected));
  });
});

test('reads every second of every day as it was written', () => {
  const seconds = fc.integer({ min: Date.UTC(1970, 0, 1) / 1000, max: Date.UTC(2999, 11, 31) / 1000 });
  fc.assert(
    fc.property(seconds, (second) => {
      const text = new Date(second * 1000).toISOString();

      expect(parseEventTime(text, 'Asia/Kolkata')).toBe(second * 1000);
      expect(parseEventTime(`${text.slice(0, 10)} ${text.slice(11, 19)}`, 'UTC')).toBe(second * 1000);
    }),
  );
});

test('throws at no text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123456789-: TZ+.９') }), (text) => {
      expect(() => parseEventTime(text, 'Europe/London')).not.toThrow();
    }),
  );
});
