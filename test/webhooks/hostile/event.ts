import { anEvent } from '../support.ts';
import { ALIVE, noEvent, STORED } from './answer.ts';
import { type Hostile, post } from './request.ts';

const ORDER_ID = 'must be text of 1 to 35 characters, without control characters';
const EVENT_NAME = 'must be one of waiting-for-collection, in-transit, failed-to-deliver, delivered';
const EVENT_TIME = 'must be a real time: YYYY-MM-DD HH:MM:SS, or RFC 3339 with an offset';
const TOO_EARLY = 'must not be more than 26 hours in the future';

/** The member's JSON as it stands, so that escapes are sent as escapes. */
const withValue = (member: string, json: string) =>
  post({ body: anEvent({ [member]: '|' }).replace('"|"', () => json) });
const wrong =
  (member: string, detail: string) =>
  (name: string, json: string): Hostile => [
    `${member}: ${name}`,
    withValue(member, json),
    noEvent({ [`/${member}`]: detail }),
    ALIVE,
  ];
const wrongId = wrong('order_id', ORDER_ID);
const wrongName = wrong('event_name', EVENT_NAME);
const wrongTime = wrong('event_time', EVENT_TIME);
const tooEarly = wrong('event_time', TOO_EARLY);
const noObject = (name: string, body: string): Hostile => [
  name,
  post({ body }),
  noEvent({ '': 'must be an object' }),
  ALIVE,
];
const taken = (name: string, member: string, json: string): Hostile => [
  `${member}: ${name}`,
  withValue(member, json),
  STORED,
  ALIVE,
];

export const EVENTS: readonly Hostile[] = [
  noObject('null', 'null'),
  noObject('true', 'true'),
  noObject('a number', '1e999'),
  noObject('a text', JSON.stringify(anEvent())),
  noObject('an empty array', '[]'),
  noObject('an event in an array', `[${anEvent()}]`),
  [
    'an empty object',
    post({ body: '{}' }),
    noEvent({ '/order_id': 'is missing', '/event_name': 'is missing', '/event_time': 'is missing' }),
    ALIVE,
  ],
  [
    'everything wrong',
    post({ body: '{"order_id":0,"event_name":0,"event_time":0}' }),
    noEvent({ '/order_id': ORDER_ID, '/event_name': EVENT_NAME, '/event_time': EVENT_TIME }),
    ALIVE,
  ],
];

export const ORDER_IDS: readonly Hostile[] = [
  wrongId('a number', '1'),
  wrongId('null', 'null'),
  wrongId('true', 'true'),
  wrongId('an array', '["co-1"]'),
  wrongId('an object', '{"toString":"co-1"}'),
  wrongId('nothing', '""'),
  wrongId('36 characters', `"${'x'.repeat(36)}"`),
  wrongId('36 characters of two units', `"${'\u{1f4e6}'.repeat(36)}"`),
  wrongId('60,000 characters', `"${'x'.repeat(60_000)}"`),
  wrongId('an escaped NUL', '"co-1\\u0000"'),
  wrongId('a line break', '"co-1\\n"'),
  wrongId('an escape sequence', '"\\u001b[31mco-1"'),
  wrongId('DEL', '"co-1\\u007f"'),
  wrongId('a control character beyond ASCII', '"co-1\\u0085"'),
  wrongId('a lone surrogate', '"co-1\\ud800"'),
  wrongId('surrogates in the wrong order', '"\\udc00\\ud800"'),
];

export const EVENT_NAMES: readonly Hostile[] = [
  wrongName('a number', '1'),
  wrongName('null', 'null'),
  wrongName('an array', '["delivered"]'),
  wrongName('nothing', '""'),
  wrongName('one that there is not', '"lost"'),
  wrongName('another case', '"Delivered"'),
  wrongName('a space after it', '"delivered "'),
  wrongName('a NUL after it', '"delivered\\u0000"'),
  wrongName('a soft hyphen in it', '"in\\u00adtransit"'),
  wrongName('a property of every object', '"toString"'),
  wrongName('__proto__', '"__proto__"'),
  wrongName('a status of our own', '"pending"'),
  wrongName('SQL', '"delivered\' or 1=1 --"'),
];

export const EVENT_TIMES: readonly Hostile[] = [
  wrongTime('seconds since 1970', '1780000000'),
  wrongTime('null', 'null'),
  wrongTime('an array', '["2026-05-28 13:18:45"]'),
  wrongTime('nothing', '""'),
  wrongTime('seconds since 1970 as text', '"1780000000"'),
  wrongTime('a word', '"now"'),
  wrongTime('a date alone', '"2026-05-28"'),
  wrongTime('no seconds', '"2026-05-28 13:18"'),
  wrongTime('T without an offset', '"2026-05-28T13:18:45"'),
  wrongTime('29 February of a common year', '"2025-02-29 12:00:00"'),
  wrongTime('29 February of 1900', '"1900-02-29 12:00:00"'),
  wrongTime('30 February', '"2024-02-30T12:00:00Z"'),
  wrongTime('31 April', '"2026-04-31 12:00:00"'),
  wrongTime('day 0', '"2026-05-00 12:00:00"'),
  wrongTime('month 0', '"2026-00-28 12:00:00"'),
  wrongTime('month 13', '"2025-13-28 12:00:00"'),
  wrongTime('year 0', '"0000-05-28 12:00:00"'),
  wrongTime('a year of six digits', '"+002026-05-28T12:00:00Z"'),
  wrongTime('a year of five digits', '"12026-05-28 12:00:00"'),
  wrongTime('a year before Christ', '"-000001-05-28T12:00:00Z"'),
  wrongTime('hour 24', '"2026-05-28 24:00:00"'),
  wrongTime('minute 60', '"2026-05-28 12:60:00"'),
  wrongTime('second 60', '"2026-05-28 23:59:60"'),
  wrongTime('a leap second', '"2016-12-31T23:59:60Z"'),
  wrongTime('an offset of 24 hours', '"2026-05-28T12:00:00+24:00"'),
  wrongTime('an offset of 60 minutes', '"2026-05-28T12:00:00+01:60"'),
  wrongTime('an offset without a colon', '"2026-05-28T12:00:00+0100"'),
  wrongTime('a name as offset', '"2026-05-28 12:00:00 Europe/London"'),
  wrongTime('a zone behind the offset', '"2026-05-28T12:00:00Z[Europe/London]"'),
  wrongTime('a typographic minus', '"2026\u221205\u221228 12:00:00"'),
  wrongTime('full-width digits', '"\uff12\uff10\uff12\uff16-05-28 12:00:00"'),
  wrongTime('Arabic digits', '"\u0662\u0660\u0662\u0666-05-28 12:00:00"'),
  wrongTime('full-width digits, escaped', '"202\\uff16-05-28 12:00:00"'),
  wrongTime('a space before it', '" 2026-05-28 12:00:00"'),
  wrongTime('a line break after it', '"2026-05-28 12:00:00\\n"'),
  wrongTime('a no-break space within', '"2026-05-28\u00a012:00:00"'),
  wrongTime('a point without a fraction', '"2026-05-28T12:00:00.Z"'),
  wrongTime('a fraction of ten digits', '"2026-05-28T12:00:00.1234567890Z"'),
  wrongTime('a comma before the fraction', '"2026-05-28T12:00:00,5Z"'),
  wrongTime('a fraction of 60,000 digits', `"2026-05-28T12:00:00.${'0'.repeat(60_000)}Z"`),
  wrongTime('a week', '"2026-W22-4T12:00:00Z"'),
  wrongTime('a date in words', '"Thu, 28 May 2026 12:00:00 GMT"'),
  wrongTime('slashes', '"2026/05/28 12:00:00"'),
  tooEarly('26 hours and a second ahead', '"2026-05-30T14:00:01Z"'),
  tooEarly('26 hours and a millisecond ahead', '"2026-05-30T14:00:00.001Z"'),
  tooEarly('26 hours and a second ahead by its offset', '"2026-05-30T02:00:01-12:00"'),
  tooEarly('the end of time', '"9999-12-31 23:59:59"'),
  tooEarly('the end of time, west of it', '"9999-12-31T23:59:59-23:59"'),
];

/** At the edge of what is allowed. */
export const EVENTS_TAKEN: readonly Hostile[] = [
  taken('35 characters of two units', 'order_id', `"${'\u{1f4e6}'.repeat(35)}"`),
  taken('SQL', 'order_id', '"\'; drop table shipments; --"'),
  taken('quotes and a backslash', 'order_id', '"\\"\\\\"'),
  taken('__proto__', 'order_id', '"__proto__"'),
  taken('26 hours ahead', 'event_time', '"2026-05-30T14:00:00Z"'),
  taken('the first second', 'event_time', '"0001-01-01 00:00:00"'),
  taken('an offset of -00:00', 'event_time', '"2026-05-28T12:00:00-00:00"'),
  taken('29 February', 'event_time', '"2024-02-29 12:00:00"'),
];
