import { anEvent, NOW, OTHER_SECRET, SECRET } from '../support.ts';
import { ALIVE, closing, DUPLICATE, HEAD_TOO_LONG, NOT_JSON, STORED, UNSIGNED } from './answer.ts';
import { type Hostile, post, postChunked, signed } from './request.ts';

const GOOD = signed(anEvent());
const SIGNATURE = GOOD['webhook-signature'];
const BASE64 = SIGNATURE.slice('v1,'.length);
const FORGED = signed(anEvent(), { secret: OTHER_SECRET })['webhook-signature'];
const LATER = anEvent({ event_name: 'delivered' });

const refused = (
  name: string,
  headers: Readonly<Record<string, string | undefined>>,
  ...lines: readonly string[]
): Hostile => [name, post({ headers, lines }), UNSIGNED, ALIVE];
/** Signed well, but as of another time or under another id. */
const refusedAs = (name: string, claim: { id?: string; timestamp?: string }): Hostile =>
  refused(name, signed(anEvent(), claim));
const list = (...signatures: readonly string[]) => ({ 'webhook-signature': signatures.join(' ') });
const seconds = (offset: number) => ({ timestamp: String(NOW / 1000 + offset) });

/** One answer for all of them. */
export const SIGNATURES: readonly Hostile[] = [
  refused('no signature', { 'webhook-signature': undefined }),
  refused('no id', { 'webhook-id': undefined }),
  refused('no time', { 'webhook-timestamp': undefined }),
  refused('an empty signature', list('')),
  refused('an empty id', { 'webhook-id': '' }),
  refused('an empty time', { 'webhook-timestamp': '' }),
  refused('the signature twice', {}, `webhook-signature: ${SIGNATURE}`),
  refused('a forged signature after the good one', {}, `Webhook-Signature: ${FORGED}`),
  refused('the id twice', {}, 'webhook-id: msg_1'),
  refused('the time twice', {}, `webhook-timestamp: ${NOW / 1000}`),

  ['another body', post({ signs: LATER }), UNSIGNED, ALIVE],
  ['a body with one more space', post({ body: `${anEvent()} `, signs: anEvent() }), UNSIGNED, ALIVE],
  ['a body with one byte less', post({ body: anEvent().slice(0, -1), signs: anEvent() }), UNSIGNED, ALIVE],
  ['an empty body', post({ body: '', signs: anEvent() }), UNSIGNED, ALIVE],
  refused('another secret', list(FORGED)),
  refused(
    'the secret as text',
    signed(anEvent(), { secret: `whsec_${Buffer.from(SECRET).toString('base64')}` }),
  ),
  refused('an empty secret', signed(anEvent(), { secret: 'whsec_' })),
  refused('another id', { 'webhook-id': 'msg_2' }),
  refused('another time', { 'webhook-timestamp': String(NOW / 1000 + 1) }),

  refused('the algorithm v1a', list(SIGNATURE.replace('v1,', 'v1a,'))),
  refused('a signature of the length of Ed25519', list(`v1a,${Buffer.alloc(64, 1).toString('base64')}`)),
  refused('the algorithm v2', list(SIGNATURE.replace('v1,', 'v2,'))),
  refused('the algorithm none', list('none,')),
  refused('the algorithm V1', list(SIGNATURE.replace('v1', 'V1'))),
  refused('no algorithm', list(BASE64)),
  refused('v1 and an equals sign', list(SIGNATURE.replace(',', '='))),
  refused('v1 and nothing', list('v1,')),
  refused('a space after the comma', list(SIGNATURE.replace(',', ', '))),
  refused('a comma between two signatures', list(`${FORGED},${SIGNATURE}`)),
  refused('a tab between two signatures', list(`${FORGED}\t${SIGNATURE}`)),
  refused('quotes around it', list(`"${SIGNATURE}"`)),
  refused('half of it', list(SIGNATURE.slice(0, 20))),
  refused('one character less', list(SIGNATURE.slice(0, -1))),
  refused('one character more', list(`${SIGNATURE}=`)),
  refused(
    'its last bits changed',
    list(SIGNATURE.replace(/.=$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=`)),
  ),
  refused('base64 for URLs', list(`v1,${'-_'.repeat(21)}-=`)),
  refused('hexadecimal', list(`v1,${Buffer.from(BASE64, 'base64').toString('hex')}`)),
  refused('all zeros', list(`v1,${Buffer.alloc(32).toString('base64')}`)),
  refused('bytes beyond ASCII', list(`v1,${'\xff'.repeat(44)}`)),
  refused('300 forged signatures', list(...Array(300).fill(FORGED))),
  refused('7,000 signatures that are none', list(...Array(7000).fill('x'))),
  ['10,000 signatures', post({ headers: list(...Array(10_000).fill(FORGED)) }), HEAD_TOO_LONG],
  ['10,000 signatures that are none', post({ headers: list(...Array(10_000).fill('x')) }), HEAD_TOO_LONG],

  refusedAs('a stale time', seconds(-301)),
  refusedAs('a time of last year', seconds(-31_536_000)),
  refusedAs('a time of the future', seconds(301)),
  refusedAs('a time in milliseconds', { timestamp: String(NOW) }),
  refusedAs('a time of 400 digits', { timestamp: '9'.repeat(400) }),
  refusedAs('a time with text after it', { timestamp: `${NOW / 1000}abc` }),
  refusedAs('a time with a plus', { timestamp: `+${NOW / 1000}` }),
  refusedAs('a time with a fraction', { timestamp: `${NOW / 1000}.0` }),
  refusedAs('a time with an exponent', { timestamp: '178e7' }),
  refusedAs('a hexadecimal time', { timestamp: `0x${(NOW / 1000).toString(16)}` }),
  refusedAs('a negative time', { timestamp: '-1' }),
  refusedAs('a date as time', { timestamp: '2026-05-29T12:00:00Z' }),
  refused('a time in full-width digits', { 'webhook-timestamp': '\xef\xbc\x91'.repeat(10) }),
  refusedAs('an id of 257 characters', { id: 'x'.repeat(257) }),
  refusedAs('an id of 10,000 characters', { id: 'x'.repeat(10_000) }),
  refusedAs('an id with a space', { id: 'msg 1' }),
  [
    'an id cut off at its dot, the rest before the body',
    post({
      headers: { ...signed(anEvent(), { id: `msg.${NOW / 1000}` }), 'webhook-id': 'msg' },
      body: `${NOW / 1000}.${anEvent()}`,
    }),
    NOT_JSON,
    ALIVE,
  ],
];

/** A good delivery whose answer is due before that of what follows it at once. */
const FOLLOWED: readonly Hostile[] = [
  ['then nonsense', Buffer.concat([post(), Buffer.from('nonsense\r\n\r\n')]), closing(STORED)],
  ['then a broken chunk', Buffer.concat([post(), postChunked('nonsense\r\n')]), closing(STORED)],
];

/** More than one delivery on a connection; one event is stored. */
export const REPLAYS: readonly Hostile[] = [
  ...FOLLOWED,
  ['the same delivery', Buffer.concat([post(), post()]), STORED, DUPLICATE, ALIVE],
  [
    'the same event under another id',
    Buffer.concat([post(), post({ headers: signed(anEvent(), { id: 'msg_2' }) })]),
    STORED,
    DUPLICATE,
    ALIVE,
  ],
  [
    'the same event, written otherwise, under the same id',
    Buffer.concat([post(), post({ body: ` ${anEvent()}` })]),
    STORED,
    DUPLICATE,
    ALIVE,
  ],
  [
    'the same delivery fifty times',
    Buffer.concat(Array(50).fill(post())),
    STORED,
    ...Array(49).fill(DUPLICATE),
    ALIVE,
  ],
  [
    'a delivery behind one that is refused',
    Buffer.concat([post({ body: LATER, signs: anEvent() }), post()]),
    UNSIGNED,
    STORED,
    ALIVE,
  ],
];

/** At the edge of what is allowed. */
export const SIGNATURES_TAKEN: readonly Hostile[] = [
  ['a time 300 seconds ago', post({ headers: signed(anEvent(), seconds(-300)) }), STORED, ALIVE],
  ['a time 300 seconds ahead', post({ headers: signed(anEvent(), seconds(300)) }), STORED, ALIVE],
  ['an id of 256 characters', post({ headers: signed(anEvent(), { id: 'x'.repeat(256) }) }), STORED, ALIVE],
  [
    'the good one behind 300 forged',
    post({ headers: list(...Array(300).fill(FORGED), SIGNATURE) }),
    STORED,
    ALIVE,
  ],
  [
    'the good one among other algorithms',
    post({ headers: list('v1a,x', 'v2,', SIGNATURE, 'x') }),
    STORED,
    ALIVE,
  ],
];
