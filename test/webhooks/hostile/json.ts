import { anEvent } from '../support.ts';
import { ALIVE, type Answer, KEY_TWICE, NOT_JSON, NOT_UTF8, noEvent, STORED, TOO_DEEP } from './answer.ts';
import { type Hostile, post } from './request.ts';

const signedBody =
  (answer: Answer) =>
  (name: string, body: string | Buffer): Hostile => [name, post({ body }), answer, ALIVE];
const notUtf8 = signedBody(NOT_UTF8);
const notJson = signedBody(NOT_JSON);
const keyTwice = signedBody(KEY_TWICE);
const tooDeep = signedBody(TOO_DEEP);
const taken = signedBody(STORED);

/** An event with one member more, given as it stands in the JSON. */
const withMember = (json: string) => `${anEvent().slice(0, -1)},${json}}`;
const inText = (hex: string) => {
  const [before, after] = withMember('"x":"|"')
    .split('|')
    .map((part) => Buffer.from(part));
  return Buffer.concat([before ?? Buffer.of(), Buffer.from(hex, 'hex'), after ?? Buffer.of()]);
};

/** Bodies that are signed well, and no UTF-8. */
export const BYTES: readonly Hostile[] = [
  notUtf8('Latin-1', inText('e9')),
  notUtf8('a continuation byte alone', inText('80')),
  notUtf8('a sequence cut off by a quote', inText('c3')),
  notUtf8('an overlong slash', inText('c0af')),
  notUtf8('an overlong quote', inText('c0a2')),
  notUtf8('an overlong NUL', inText('c080')),
  notUtf8('an overlong slash of three bytes', inText('e080af')),
  notUtf8('a surrogate', inText('eda080')),
  notUtf8('a pair of surrogates', inText('eda0bdedb880')),
  notUtf8('a code point beyond Unicode', inText('f4908080')),
  notUtf8('a sequence of five bytes', inText('f888808080')),
  notUtf8('FF', inText('ff')),
  notUtf8(
    'a sequence cut off by the end',
    Buffer.concat([Buffer.from(anEvent()), Buffer.from('e282', 'hex')]),
  ),
  notUtf8('a key that is no UTF-8', Buffer.from('{"\xff":1}', 'latin1')),
  notUtf8('UTF-16 with a byte order mark', Buffer.from(`\u{feff}${anEvent()}`, 'utf16le')),
  notJson('UTF-16 without one', Buffer.from(anEvent(), 'utf16le')),
  notJson('a byte order mark', `\u{feff}${anEvent()}`),
];

export const SYNTAX: readonly Hostile[] = [
  notJson('nothing', ''),
  notJson('spaces', ' \r\n\t'),
  notJson('a NUL after the event', `${anEvent()}\0`),
  notJson('a NUL in a text', withMember('"x":"\0"')),
  notJson('a line break in a text', withMember('"x":"\n"')),
  notJson('a no-break space', `\u00a0${anEvent()}`),
  notJson('a comma too many', withMember('')),
  notJson('a comma too few', anEvent().replace(',', '')),
  notJson('a comment', withMember('/* x */"x":1')),
  notJson('two documents', `${anEvent()}${anEvent()}`),
  notJson('two lines of JSON', `${anEvent()}\n${anEvent()}`),
  notJson('text behind the event', `${anEvent()};`),
  notJson('a guard before the event', `)]}',\n${anEvent()}`),
  notJson('JSONP', `callback(${anEvent()})`),
  notJson('single quotes', anEvent().replaceAll('"', "'")),
  notJson('a key without quotes', withMember('x:1')),
  notJson('typographic quotes', withMember('\u201cx\u201d:1')),
  notJson('full-width brackets', '\uff5b\uff5d'),
  notJson('half an event', anEvent().slice(0, 40)),
  notJson('NaN', withMember('"x":NaN')),
  notJson('Infinity', withMember('"x":-Infinity')),
  notJson('undefined', withMember('"x":undefined')),
  notJson('a hexadecimal number', withMember('"x":0x10')),
  notJson('a number with a leading zero', withMember('"x":010')),
  notJson('a number with a plus', withMember('"x":+1')),
  notJson('a number in full-width digits', withMember('"x":\uff11')),
  notJson('a number ended by its point', withMember('"x":1.')),
  notJson('an escape that there is not', withMember('"x":"\\x41"')),
  notJson('half an escape', withMember('"x":"\\u12"')),
  notJson('XML', '<order_id>co-1</order_id>'),
  notJson('a form', 'order_id=co-1&event_name=delivered'),
];

export const AMBIGUITY: readonly Hostile[] = [
  keyTwice('a key twice', withMember('"order_id":"co-2"')),
  keyTwice('a key twice with the same value', withMember('"order_id":"co-1"')),
  keyTwice('a key twice, once escaped', withMember('"\\u006frder_id":"co-2"')),
  keyTwice('a key twice, escaped in two ways', withMember('"\\u00e9":1,"\\u00E9":2')),
  keyTwice('a key twice, deep within', withMember('"x":[{"y":{"a":1,"b":{},"a":2}}]')),
  keyTwice('an empty key twice', withMember('"":1,"":2')),
  keyTwice('__proto__ twice', withMember('"__proto__":1,"__proto__":2')),
  keyTwice('a lone surrogate as key twice', withMember('"\\ud800":1,"\\uD800":2')),
  keyTwice('a key twice, thousands of others between', withMember(`"k":0,${manyKeys(5000)},"k":1`)),
  tooDeep('33 arrays', '['.repeat(33) + ']'.repeat(33)),
  tooDeep('33 objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`),
  tooDeep('an event with 32 arrays in it', withMember(`"x":${'['.repeat(32)}${']'.repeat(32)}`)),
  tooDeep('32,000 arrays', '['.repeat(32_000) + ']'.repeat(32_000)),
  tooDeep('10,000 objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
  notJson('65,536 arrays without end', '['.repeat(65_536)),
  notJson('13,000 objects without end', '{"a":'.repeat(13_000)),
];

/** Nothing of it reaches the event's own fields. */
export const POLLUTION: readonly Hostile[] = [
  signedBody(
    noEvent({ '/order_id': 'is missing', '/event_name': 'is missing', '/event_time': 'is missing' }),
  )('an event within __proto__', `{"__proto__":${anEvent()}}`),
  signedBody(
    noEvent({ '/order_id': 'is missing', '/event_name': 'is missing', '/event_time': 'is missing' }),
  )('an event within constructor.prototype', `{"constructor":{"prototype":${anEvent()}}}`),
];

/** What JSON allows, and the event does not care about. */
export const JSON_TAKEN: readonly Hostile[] = [
  taken('exactly 64 KiB', anEvent().padEnd(65_536, ' ')),
  taken('a member called __proto__', withMember('"__proto__":{"order_id":"co-2"}')),
  taken(
    'members called like those of every object',
    withMember('"constructor":1,"toString":2,"hasOwnProperty":3'),
  ),
  taken('keys that differ in case', withMember('"Order_ID":"co-2"')),
  taken('keys that differ in normalization', withMember('"\u00e9":1,"e\u0301":2')),
  taken('an escaped key', anEvent().replace('order_id', '\\u006frder_id')),
  taken('a lone surrogate in another member', withMember('"x":"\\ud800"')),
  taken('an escaped NUL in another member', withMember('"x":"\\u0000"')),
  taken('a number too large for a number', withMember('"x":1e999')),
  taken('a number of 10,000 digits', withMember(`"x":${'9'.repeat(10_000)}`)),
  taken('an event with 31 arrays in it', withMember(`"x":${'['.repeat(31)}${']'.repeat(31)}`)),
  taken('5,000 members', withMember(manyKeys(5000))),
  taken('60,000 backslashes', withMember(`"x":"${'\\\\'.repeat(30_000)}"`)),
];

function manyKeys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"${index}":0`).join(',');
}
