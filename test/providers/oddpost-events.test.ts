import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { oddpost } from '../../src/providers/oddpost.ts';

const ENTRY = { code: 'HUB', at: '2026-03-20T15:08:42+01:00' };
const NAME = 'must be text of 1 to 100 characters, without control characters';
const HISTORY = 'must be a list of at most 200 entries';
const TIME = 'must be a real time: ISO 8601, to the second';

test("reads a parcel's whole history, each entry as an event with its own text", () => {
  const reading = read({
    consignmentNo: 'OP7',
    depot: 'Kassel',
    history: [
      { code: 'LABEL', at: '2026-03-19T09:00:00+01:00' },
      { code: 'HUB', at: '2026-03-20 15:08:42 +0100', note: 'Kassel ✓' },
      { code: 'DOOR', at: '2026-03-21 10:00:00' },
    ],
  });

  expect(reading).toEqual({
    kind: 'events',
    events: [
      {
        reference: 'OP7',
        code: 'LABEL',
        eventName: null,
        eventTimeMs: Date.parse('2026-03-19T08:00:00Z'),
        timePointer: '/history/0/at',
        raw: '{"code":"LABEL","at":"2026-03-19T09:00:00+01:00"}',
      },
      {
        reference: 'OP7',
        code: 'HUB',
        eventName: 'in-transit',
        eventTimeMs: Date.parse('2026-03-20T14:08:42Z'),
        timePointer: '/history/1/at',
        raw: '{"code":"HUB","at":"2026-03-20 15:08:42 +0100","note":"Kassel ✓"}',
      },
      {
        reference: 'OP7',
        code: 'DOOR',
        eventName: 'delivered',
        eventTimeMs: Date.parse('2026-03-21T09:00:00Z'),
        timePointer: '/history/2/at',
        raw: '{"code":"DOOR","at":"2026-03-21 10:00:00"}',
      },
    ],
  });
});

test('an empty history is no event', () => {
  expect(read({ consignmentNo: 'OP7', history: [] })).toEqual({ kind: 'events', events: [] });
});

test.each([
  ['READY', 'waiting-for-collection'],
  ['PICKUP', 'in-transit'],
  ['HUB', 'in-transit'],
  ['CUSTOMS', 'in-transit'],
  ['VAN', 'in-transit'],
  ['NOBODY', 'failed-to-deliver'],
  ['BADADDR', 'failed-to-deliver'],
  ['DOOR', 'delivered'],
  ['NEIGHBOUR', 'delivered'],
  ['BOOKED', null],
  ['LABEL', null],
  ['SHOP', null],
  ['RETURN', null],
  ['ABDUCTED-BY-ALIENS', null],
  ['door', null],
  ['constructor', null],
  ['delivered', null],
])('takes the code %s for %s', (code, eventName) => {
  expect(read({ consignmentNo: 'OP7', history: [{ ...ENTRY, code }] })).toMatchObject({
    events: [{ code, eventName }],
  });
});

describe('times', () => {
  it.each([
    ['RFC 3339', '2026-03-20T15:08:42+01:00', '2026-03-20T14:08:42Z'],
    ['UTC', '2026-03-20T14:08:42Z', '2026-03-20T14:08:42Z'],
    ['milliseconds', '2026-03-20T15:08:42.250+01:00', '2026-03-20T14:08:42.250Z'],
    ['a blank and no colon', '2026-03-20 15:08:42 +0100', '2026-03-20T14:08:42Z'],
    ['a blank and a colon', '2026-03-20 15:08:42 +01:00', '2026-03-20T14:08:42Z'],
    ['no colon alone', '2026-03-20T15:08:42-0930', '2026-03-21T00:38:42Z'],
    ['no offset', '2026-03-20 15:08:42', '2026-03-20T14:08:42Z'],
    ['no offset after T', '2026-03-20T15:08:42', '2026-03-20T14:08:42Z'],
    ['summer time, before the clock change', '2026-03-29 01:59:59', '2026-03-29T00:59:59Z'],
    ['summer time, after it', '2026-03-29 03:00:00', '2026-03-29T01:00:00Z'],
    ['winter time, the hour that comes twice', '2026-10-25 02:30:00', '2026-10-25T00:30:00Z'],
    ['the same hour with its first offset', '2026-10-25 02:30:00 +0200', '2026-10-25T00:30:00Z'],
    ['the same hour with its second offset', '2026-10-25 02:30:00 +0100', '2026-10-25T01:30:00Z'],
    ['winter time, the hour after', '2026-10-25 03:00:00', '2026-10-25T02:00:00Z'],
  ])('with %s', (_name, at, expected) => {
    expect(read({ consignmentNo: 'OP7', history: [{ ...ENTRY, at }] })).toMatchObject({
      events: [{ eventTimeMs: Date.parse(expected) }],
    });
  });

  it.each([
    '',
    '2026-03-20',
    '2026-03-20 15:08',
    '2026-02-29 15:08:42 +0100',
    '2026-03-20 15:08:42  +0100',
    '2026-03-20 15:08:42 +01',
    '2026-03-20 15:08:42 +2400',
    '2026-03-20 15:08:42 0100',
    ' 2026-03-20 15:08:42 +0100',
    '2026-03-20 15:08:42 +0100\n',
    '20260320T150842+0100',
    '2026-W12-5T15:08:42+01:00',
    1_774_015_722,
    null,
  ])('are not read from %j', (at) => {
    expect(read({ consignmentNo: 'OP7', history: [ENTRY, { ...ENTRY, at }] })).toEqual({
      kind: 'invalid',
      problems: [{ pointer: '/history/1/at', message: TIME }],
    });
  });
});

test.each<[what: string, body: unknown, problems: object[]]>([
  ['a number that is empty', delivery({ consignmentNo: '' }), [{ pointer: '/consignmentNo', message: NAME }]],
  [
    'a number of 101 characters',
    delivery({ consignmentNo: 'x'.repeat(101) }),
    [{ pointer: '/consignmentNo', message: NAME }],
  ],
  [
    'a number with a line break',
    delivery({ consignmentNo: 'OP\n7' }),
    [{ pointer: '/consignmentNo', message: NAME }],
  ],
  [
    'half a surrogate pair',
    delivery({ consignmentNo: 'OP\ud800' }),
    [{ pointer: '/consignmentNo', message: NAME }],
  ],
  ['a number that is one', delivery({ consignmentNo: 7 }), [{ pointer: '/consignmentNo', message: NAME }]],
  ['no history', delivery({ history: undefined }), [{ pointer: '/history', message: HISTORY }]],
  ['a history that is no list', delivery({ history: ENTRY }), [{ pointer: '/history', message: HISTORY }]],
  [
    'more than 200 entries',
    delivery({ history: Array(201).fill(ENTRY) }),
    [{ pointer: '/history', message: HISTORY }],
  ],
  [
    'an entry that is none',
    delivery({ history: [null] }),
    [
      { pointer: '/history/0/code', message: NAME },
      { pointer: '/history/0/at', message: TIME },
    ],
  ],
  [
    'codes that are none',
    delivery({ history: ['', 'x'.repeat(101), 'H\tB', 7].map((code) => ({ ...ENTRY, code })) }),
    [0, 1, 2, 3].map((index) => ({ pointer: `/history/${index}/code`, message: NAME })),
  ],
  [
    'nothing',
    {},
    [
      { pointer: '/consignmentNo', message: NAME },
      { pointer: '/history', message: HISTORY },
    ],
  ],
  [
    'a list',
    [delivery({})],
    [
      { pointer: '/consignmentNo', message: NAME },
      { pointer: '/history', message: HISTORY },
    ],
  ],
])('refuses %s', (_what, body, problems) => {
  expect(read(body)).toEqual({ kind: 'invalid', problems });
});

test('takes 200 entries, and names of 100 characters', () => {
  const long = 'x'.repeat(100);
  const body = delivery({ consignmentNo: long, history: Array(200).fill({ ...ENTRY, code: long }) });

  const reading = read(body);

  expect(reading.kind === 'events' && reading.events.length).toBe(200);
});

test('throws at no JSON', () => {
  const jsonOrHistory = fc.oneof(
    fc.jsonValue(),
    fc.record({
      consignmentNo: fc.jsonValue(),
      history: fc.array(fc.record({ code: fc.jsonValue(), at: fc.string() })),
    }),
  );
  fc.assert(
    fc.property(jsonOrHistory, (value) => {
      expect(() => read(value)).not.toThrow();
    }),
  );
});

function delivery(overrides: Record<string, unknown>): Record<string, unknown> {
  return { consignmentNo: 'OP7', history: [ENTRY], ...overrides };
}

function read(body: unknown) {
  return oddpost.webhook.read(body, oddpost.timezone);
}
