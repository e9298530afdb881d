import { anEvent } from '../support.ts';
import {
  ALIVE,
  CHUNK_EXTENSIONS,
  closing,
  ENCODED,
  HEAD_TOO_LONG,
  NOT_HTTP,
  NOT_JSON_TYPE,
  STORED,
  TOO_LARGE,
  UNSIGNED,
} from './answer.ts';
import { chunk, type Hostile, LAST_CHUNK, PATH, post, postChunked } from './request.ts';

/** Its parser lets an empty coding through, which later ones refuse. */
const ON_NODE_20 = process.versions.node.startsWith('20.');

const EVENT = anEvent();
const CHUNKS = `${chunk(EVENT)}${LAST_CHUNK}`;
const SMUGGLED = `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

const withCoding = (coding: string) =>
  postChunked(CHUNKS, { headers: { 'Transfer-Encoding': undefined }, lines: [coding] });
const withLength = (value: string) => post({ headers: { 'Content-Length': value } });
const withLine = (line: string) => post({ lines: [line] });
const replaced = (bytes: Buffer, from: string, to: string) =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

/** Where two servers in a row could see the end of a request at different places. */
export const FRAMING: readonly Hostile[] = [
  ['a length and chunks', postChunked(CHUNKS, { headers: { 'Content-Length': '5' } }), NOT_HTTP],
  ['chunks and a length after them', postChunked(CHUNKS, { lines: ['Content-Length: 5'] }), NOT_HTTP],
  [
    'a request within the body that the length leaves out',
    postChunked(`${LAST_CHUNK}${SMUGGLED}`, { headers: { 'Content-Length': '5' } }),
    NOT_HTTP,
  ],
  ['chunks twice in one header', withCoding('Transfer-Encoding: chunked, chunked'), NOT_HTTP],
  ['chunks twice in two headers', postChunked(CHUNKS, { lines: ['Transfer-Encoding: chunked'] }), NOT_HTTP],
  ['chunks, then identity', postChunked(CHUNKS, { lines: ['Transfer-Encoding: identity'] }), NOT_HTTP],
  ['identity, then chunks', withCoding('Transfer-Encoding: identity, chunked'), closing(ENCODED)],
  ['gzip, then chunks', withCoding('Transfer-Encoding: gzip, chunked'), closing(ENCODED)],
  ['chunks, then gzip', withCoding('Transfer-Encoding: chunked, gzip'), NOT_HTTP],
  ['identity alone', withCoding('Transfer-Encoding: identity'), NOT_HTTP],
  ['an unknown coding', withCoding('Transfer-Encoding: xchunked'), NOT_HTTP],
  ['a coding with a parameter', withCoding('Transfer-Encoding: chunked;x=1'), NOT_HTTP],
  ['a coding in quotes', withCoding('Transfer-Encoding: "chunked"'), NOT_HTTP],
  ['a coding after a vertical tab', withCoding('Transfer-Encoding: \x0bchunked'), NOT_HTTP],
  ['a coding before a NUL', withCoding('Transfer-Encoding: chunked\0'), NOT_HTTP],
  ['an empty coding', withCoding('Transfer-Encoding:'), ON_NODE_20 ? closing(ENCODED) : NOT_HTTP],
  ['a coding with a space before its colon', withCoding('Transfer-Encoding : chunked'), NOT_HTTP],
  ['a coding on a folded line', withCoding('Transfer-Encoding:\r\n chunked'), NOT_HTTP],
  ['a coding hidden by a bare LF', withLine('X: y\nTransfer-Encoding: chunked'), NOT_HTTP],
  ['a coding hidden by a bare CR', withLine('X: y\rTransfer-Encoding: chunked'), NOT_HTTP],

  ['two lengths that differ', post({ lines: ['Content-Length: 5'] }), NOT_HTTP],
  ['two lengths that agree', post({ lines: [`Content-Length: ${EVENT.length}`] }), NOT_HTTP],
  ['two lengths in one header', withLength(`${EVENT.length}, ${EVENT.length}`), NOT_HTTP],
  ['a negative length', withLength('-1'), NOT_HTTP],
  ['a length with a plus', withLength(`+${EVENT.length}`), NOT_HTTP],
  ['a hexadecimal length', withLength('0x10'), NOT_HTTP],
  ['a length with a fraction', withLength('10.0'), NOT_HTTP],
  ['a length with text after it', withLength(`${EVENT.length}abc`), NOT_HTTP],
  ['a length of two numbers', withLength('1 2'), NOT_HTTP],
  ['an empty length', withLength(''), NOT_HTTP],
  ['a length in full-width digits', withLength('\xef\xbc\x95'), NOT_HTTP],
  ['a length beyond 64 bits', withLength('99999999999999999999999'), NOT_HTTP],
  ['no length', post({ headers: { 'Content-Length': undefined } }), closing(UNSIGNED)],
  [
    'a length that leaves a second request behind the first',
    post({ headers: { 'Content-Length': '0' }, body: SMUGGLED, signs: EVENT }),
    UNSIGNED,
    NOT_JSON_TYPE,
    ALIVE,
  ],

  ['a bare LF after the request line', replaced(post(), 'HTTP/1.1\r\n', 'HTTP/1.1\n'), NOT_HTTP],
  ['bare LFs throughout', Buffer.from(post().toString('latin1').replaceAll('\r\n', '\n')), NOT_HTTP],
  ['a bare LF at the end of the head', replaced(post(), '\r\n\r\n', '\r\n\n'), NOT_HTTP],
  ['a bare CR at the end of the head', replaced(post(), '\r\n\r\n', '\r\n\rX'), NOT_HTTP],
  ['a header on a folded line', withLine('X: a\r\n b'), NOT_HTTP],
  ['a space before the first header', replaced(post(), '\r\nHost', '\r\n Host'), NOT_HTTP],
  ['a space before a colon', withLine('X : y'), NOT_HTTP],
  ['a tab before a colon', withLine('X\t: y'), NOT_HTTP],
  ['a header without a colon', withLine('nonsense'), NOT_HTTP],
  ['a header without a name', withLine(': y'), NOT_HTTP],
  ['a NUL in a header', withLine('X: a\0b'), NOT_HTTP],
  ['a NUL in the name of a header', withLine('X\0: y'), NOT_HTTP],
  ['a CR in a header', withLine('X: a\rb'), NOT_HTTP],
  ['a backspace in a header', withLine('X: a\x08b'), NOT_HTTP],
  ['a name of a header in UTF-8', withLine('X\xc3\xa9: y'), NOT_HTTP],
];

const EVENT_CHUNK = chunk(EVENT);

/** Games with the sizes, ends and extras of chunks. */
export const CHUNK_GAMES: readonly Hostile[] = [
  ['a chunk that is none', postChunked(`${EVENT_CHUNK}xyz\r\n`), NOT_HTTP],
  ['a chunk without a size', postChunked(`\r\n${EVENT}\r\n${LAST_CHUNK}`), NOT_HTTP],
  ['a negative size', postChunked(chunk(EVENT, '-1')), NOT_HTTP],
  ['a size with 0x', postChunked(chunk(EVENT, `0x${EVENT.length.toString(16)}`)), NOT_HTTP],
  ['a space before a size', postChunked(chunk(EVENT, ` ${EVENT.length.toString(16)}`)), NOT_HTTP],
  ['a size beyond 64 bits', postChunked(chunk(EVENT, 'fffffffffffffffff')), NOT_HTTP],
  ['a size that is too small', postChunked(chunk(EVENT, '5')), NOT_HTTP],
  [
    'a size that is one too large',
    postChunked(`${chunk(EVENT, (EVENT.length + 1).toString(16))}${LAST_CHUNK}`),
    NOT_HTTP,
  ],
  [
    'a size ended by a bare LF',
    postChunked(`${EVENT.length.toString(16)}\n${EVENT}\r\n${LAST_CHUNK}`),
    NOT_HTTP,
  ],
  [
    'an extension ended by a bare LF',
    postChunked(`${EVENT.length.toString(16)};x\n${EVENT}\r\n${LAST_CHUNK}`),
    NOT_HTTP,
  ],
  [
    'a chunk ended by a bare LF',
    postChunked(`${EVENT.length.toString(16)}\r\n${EVENT}\n${LAST_CHUNK}`),
    NOT_HTTP,
  ],
  ['a length in a trailer', postChunked(`${EVENT_CHUNK}0\r\nContent-Length: 5\r\n\r\n`), NOT_HTTP],
  [
    'trailers without end',
    postChunked(`${EVENT_CHUNK}0\r\n${`x: ${'y'.repeat(1000)}\r\n`.repeat(20)}\r\n`),
    HEAD_TOO_LONG,
  ],
  [
    'chunk extensions without end',
    postChunked(chunk(EVENT, `${EVENT.length.toString(16)};${'x'.repeat(20_000)}`)),
    CHUNK_EXTENSIONS,
  ],
  ['a trailer with a NUL', postChunked(`${EVENT_CHUNK}0\r\nX: \0\r\n\r\n`), NOT_HTTP],
  ['a trailer without a colon', postChunked(`${EVENT_CHUNK}0\r\nnonsense\r\n\r\n`), NOT_HTTP],
  [
    'a signature in a trailer',
    postChunked(`${EVENT_CHUNK}0\r\nwebhook-signature: v1,x\r\n\r\n`, {
      headers: { 'webhook-signature': undefined },
    }),
    closing(UNSIGNED),
  ],
  ['64 KiB and one byte in a chunk', postChunked(`${chunk(' '.repeat(65_537))}${LAST_CHUNK}`), TOO_LARGE],
  ['64 KiB and one byte in bytes', postChunked(`${chunk(' ').repeat(65_537)}${LAST_CHUNK}`), TOO_LARGE],
  ['a megabyte in chunks', postChunked(`${chunk(' '.repeat(8192)).repeat(128)}${LAST_CHUNK}`), TOO_LARGE],
  [
    'two chunks that spell another body',
    postChunked(`${EVENT_CHUNK}${chunk(' ')}${LAST_CHUNK}`),
    UNSIGNED,
    ALIVE,
  ],
];

/** Odd, but with one meaning only. */
export const FRAMING_TAKEN: readonly Hostile[] = [
  [
    'chunk extensions',
    postChunked(`${chunk(EVENT, `${EVENT.length.toString(16)};a=b;c="d"`)}${LAST_CHUNK}`),
    STORED,
    ALIVE,
  ],
  [
    'a size with leading zeros',
    postChunked(`${chunk(EVENT, `000${EVENT.length.toString(16)}`)}${LAST_CHUNK}`),
    STORED,
    ALIVE,
  ],
  [
    'trailers that contradict the head',
    postChunked(`${EVENT_CHUNK}0\r\nHost: evil.example\r\nContent-Encoding: gzip\r\nwebhook-id: x\r\n\r\n`),
    STORED,
    ALIVE,
  ],
  [
    'one byte per chunk',
    postChunked(`${[...EVENT].map((byte) => chunk(byte)).join('')}${LAST_CHUNK}`),
    STORED,
    ALIVE,
  ],
  ['a header that only looks like a coding', post({ lines: ['Transfer_Encoding: chunked'] }), STORED, ALIVE],
  ['empty lines before the request', Buffer.concat([Buffer.from('\r\n\r\n'), post()]), STORED, ALIVE],
];
