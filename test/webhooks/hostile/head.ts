import { gzipSync } from 'node:zlib';
import { anEvent } from '../support.ts';
import {
  ALIVE,
  CONTINUE,
  closing,
  ENCODED,
  HEAD_TOO_LONG,
  HOST,
  NO_SUCH_PATH,
  NOT_HTTP,
  NOT_JSON_TYPE,
  NOT_UTF8,
  ONLY_GET,
  ONLY_POST,
  STORED,
  TOO_LARGE,
  UNSIGNED,
} from './answer.ts';
import { type Hostile, PATH, post, postChunked } from './request.ts';

const text = (...lines: readonly string[]) => Buffer.from(lines.join('\r\n'), 'latin1');
const to = (target: string) => post({ line: `POST ${target} HTTP/1.1` });
const by = (method: string) => post({ line: `${method} ${PATH} HTTP/1.1` });
const line = (requestLine: string) => post({ line: requestLine });
const typed = (type: string | undefined, ...lines: readonly string[]) =>
  post({ headers: { 'Content-Type': type }, lines });
const encoded = (...codings: readonly string[]) =>
  post({ lines: codings.map((coding) => `Content-Encoding: ${coding}`) });

/** What is no HTTP/1 at all, or nearly. */
export const PROTOCOLS: readonly Hostile[] = [
  ['an HTTP/2 preface', text('PRI * HTTP/2.0', '', 'SM', '', ''), NOT_HTTP],
  ['a TLS hello', Buffer.from('16030100a5010000a10303aabbccdd0d0a0d0a', 'hex'), NOT_HTTP],
  ['an SSH banner', text('SSH-2.0-OpenSSH_9.6', ''), NOT_HTTP],
  ['a line of SMTP', text('EHLO example', ''), NOT_HTTP],
  [
    'a PROXY line before the request',
    Buffer.concat([text('PROXY TCP4 192.0.2.1 127.0.0.1 1 2', ''), post()]),
    NOT_HTTP,
  ],
  ['a binary PROXY header', Buffer.from('0d0a0d0a000d0a515549540a2111000c', 'hex'), NOT_HTTP],
  ['zeros', Buffer.alloc(1000), NOT_HTTP],
  ['all bytes there are', Buffer.from(Array.from({ length: 256 }, (_, byte) => 255 - byte)), NOT_HTTP],
  ['an answer instead of a request', text('HTTP/1.1 200 OK', '', ''), NOT_HTTP],
  ['HTTP/0.9', text('GET /livez', '', ''), NOT_HTTP],
  ['HTTP/1.2', line(`POST ${PATH} HTTP/1.2`), NOT_HTTP],
  ['HTTP/2.0', line(`POST ${PATH} HTTP/2.0`), NOT_HTTP],
  ['HTTP/1.10', line(`POST ${PATH} HTTP/1.10`), NOT_HTTP],
  ['http in lower case', line(`POST ${PATH} http/1.1`), NOT_HTTP],
  ['another protocol', line(`POST ${PATH} ICAP/1.1`), NOT_HTTP],
  ['a space after the version', line(`POST ${PATH} HTTP/1.1 `), NOT_HTTP],
  ['a tab before the path', line(`POST\t${PATH} HTTP/1.1`), NOT_HTTP],
];

/** Other spellings of a path, and paths that there are not. */
export const TARGETS: readonly Hostile[] = [
  ['an absolute target', to(`http://localhost${PATH}`), NO_SUCH_PATH, ALIVE],
  ['an absolute target of another host', to(`http://evil.example${PATH}`), NO_SUCH_PATH, ALIVE],
  ['an absolute target with a password', to(`http://a:b@localhost${PATH}`), NO_SUCH_PATH, ALIVE],
  ['another scheme', to('file:///etc/passwd'), NO_SUCH_PATH, ALIVE],
  ['two slashes', to(`/${PATH}`), NO_SUCH_PATH, ALIVE],
  ['a host as the path', to(`//localhost${PATH}`), NO_SUCH_PATH, ALIVE],
  ['two slashes within', to('/webhooks//fictional'), NO_SUCH_PATH, ALIVE],
  ['a slash at the end', to(`${PATH}/`), NO_SUCH_PATH, ALIVE],
  ['a dot', to('/webhooks/./fictional'), NO_SUCH_PATH, ALIVE],
  ['two dots', to('/webhooks/x/../fictional'), NO_SUCH_PATH, ALIVE],
  ['two dots, encoded', to('/webhooks/x/%2e%2e/fictional'), NO_SUCH_PATH, ALIVE],
  ['dots up to the root', to('/../../../../etc/passwd'), NO_SUCH_PATH, ALIVE],
  ['an encoded letter', to('/webhooks/%66ictional'), NO_SUCH_PATH, ALIVE],
  ['an encoded slash', to('/webhooks%2ffictional'), NO_SUCH_PATH, ALIVE],
  ['an encoded NUL', to(`${PATH}%00`), NO_SUCH_PATH, ALIVE],
  ['a backslash', to('/webhooks\\fictional'), NO_SUCH_PATH, ALIVE],
  ['a query', to(`${PATH}?a=1`), NO_SUCH_PATH, ALIVE],
  ['an empty query', to(`${PATH}?`), NO_SUCH_PATH, ALIVE],
  [
    'a query on a health check',
    text('GET /livez?x HTTP/1.1', 'Host: localhost', '', ''),
    NO_SUCH_PATH,
    ALIVE,
  ],
  ['a fragment', to(`${PATH}#a`), NO_SUCH_PATH, ALIVE],
  ['a parameter', to(`${PATH};a=1`), NO_SUCH_PATH, ALIVE],
  ['another case', to('/Webhooks/Fictional'), NO_SUCH_PATH, ALIVE],
  ['the path of no provider', to('/webhooks/'), NO_SUCH_PATH, ALIVE],
  ['a provider that there is not', to('/webhooks/nobody'), NO_SUCH_PATH, ALIVE],
  ['a provider called __proto__', to('/webhooks/__proto__'), NO_SUCH_PATH, ALIVE],
  ['a property of every object', to('constructor'.padStart(12, '/')), NO_SUCH_PATH, ALIVE],
  ['a path in UTF-8', to(`${PATH}\xc3\xa9`), NOT_HTTP],
  ['an asterisk', to('*'), NO_SUCH_PATH, ALIVE],
  ['a path without a slash', to('webhooks/fictional'), NOT_HTTP],
  ['a NUL in the path', to(`${PATH}\0`), NOT_HTTP],
  ['an escape sequence in the path', to(`${PATH}\x1b[31m`), NOT_HTTP],
  ['a path of 15,000 letters', to(`/${'a'.repeat(15_000)}`), NO_SUCH_PATH, ALIVE],
  ['a path of 17,000 letters', to(`/${'a'.repeat(17_000)}`), HEAD_TOO_LONG],
];

export const METHODS: readonly Hostile[] = [
  ...['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'].map(
    (method): Hostile => [method, by(method), ONLY_POST, ALIVE],
  ),
  [
    'HEAD',
    post({ line: `HEAD ${PATH} HTTP/1.1`, lines: ['Connection: close'] }),
    { ...closing(ONLY_POST), body: undefined },
  ],
  ['OPTIONS for all', text('OPTIONS * HTTP/1.1', 'Host: localhost', '', ''), NO_SUCH_PATH, ALIVE],
  ['POST to a health check', post({ line: 'POST /livez HTTP/1.1' }), ONLY_GET, ALIVE],
  ['DELETE of the readiness', post({ line: 'DELETE /readyz HTTP/1.1' }), ONLY_GET, ALIVE],
  ['a method in lower case', by('post'), NOT_HTTP],
  ['a method that there is not', by('FOO'), NOT_HTTP],
  ['a method that only begins like one', by('POSTS'), NOT_HTTP],
  [
    'a method overridden',
    post({ line: `GET ${PATH} HTTP/1.1`, lines: ['X-HTTP-Method-Override: POST'] }),
    ONLY_POST,
    ALIVE,
  ],
  [
    'CONNECT',
    text('CONNECT evil.example:443 HTTP/1.1', 'Host: evil.example:443', '', ''),
    closing(NO_SUCH_PATH),
  ],
];

export const HEADERS: readonly Hostile[] = [
  ['no Host', post({ headers: { Host: undefined } }), HOST, ALIVE],
  [
    'no Host in HTTP/1.0',
    post({ line: `POST ${PATH} HTTP/1.0`, headers: { Host: undefined } }),
    closing(HOST),
  ],
  ['two Hosts', post({ lines: ['Host: localhost'] }), HOST, ALIVE],
  ['two Hosts that differ', post({ lines: ['host: evil.example'] }), HOST, ALIVE],
  ['two Hosts on a health check', text('GET /livez HTTP/1.1', 'Host: a', 'Host: b', '', ''), HOST, ALIVE],
  ['one header of 17,000 bytes', post({ lines: [`X: ${'x'.repeat(17_000)}`] }), HEAD_TOO_LONG],
  ['a header with a name of 17,000 bytes', post({ lines: [`${'x'.repeat(17_000)}: x`] }), HEAD_TOO_LONG],
  ['20,000 headers of one letter', post({ lines: Array(20_000).fill('a:') }), HEAD_TOO_LONG],
  ['a megabyte of headers', post({ lines: Array(175_000).fill('a: b') }), HEAD_TOO_LONG],
  ['cookies of 20,000 bytes', post({ lines: [`Cookie: ${'a=b; '.repeat(4000)}`] }), HEAD_TOO_LONG],
];

const bomb = gzipSync(Buffer.alloc(60_000_000, ' '));

export const CONTENT: readonly Hostile[] = [
  ['no content type', typed(undefined), NOT_JSON_TYPE, ALIVE],
  ['an empty content type', typed(''), NOT_JSON_TYPE, ALIVE],
  ['a form', typed('application/x-www-form-urlencoded'), NOT_JSON_TYPE, ALIVE],
  ['a form with files', typed('multipart/form-data; boundary=x'), NOT_JSON_TYPE, ALIVE],
  ['plain text', typed('text/plain'), NOT_JSON_TYPE, ALIVE],
  ['text/json', typed('text/json'), NOT_JSON_TYPE, ALIVE],
  ['another JSON', typed('application/problem+json'), NOT_JSON_TYPE, ALIVE],
  ['any type', typed('application/*'), NOT_JSON_TYPE, ALIVE],
  ['a type that begins like JSON', typed('application/jsonp'), NOT_JSON_TYPE, ALIVE],
  ['two types in one header', typed('application/json, text/plain'), NOT_JSON_TYPE, ALIVE],
  ['two types in two headers', typed('application/json', 'Content-Type: text/plain'), NOT_JSON_TYPE, ALIVE],
  ['the same type twice', typed('application/json', 'content-type: application/json'), NOT_JSON_TYPE, ALIVE],
  ['UTF-16', typed('application/json; charset=utf-16'), NOT_JSON_TYPE, ALIVE],
  ['UTF-7 after UTF-8', typed('application/json; charset=utf-8; charset=utf-7'), NOT_JSON_TYPE, ALIVE],
  ['15,000 spaces in the type', typed(`application/json;${' '.repeat(15_000)}x`), NOT_JSON_TYPE, ALIVE],
  ['a bomb of 60 MB in gzip', post({ body: bomb, lines: ['Content-Encoding: gzip'] }), ENCODED, ALIVE],
  ['a bomb that is not declared', post({ body: bomb }), NOT_UTF8, ALIVE],
  ['gzip, then identity', encoded('gzip, identity'), ENCODED, ALIVE],
  ['gzip in a second header', encoded('identity', 'gzip'), ENCODED, ALIVE],
  ['br', encoded('br'), ENCODED, ALIVE],
  ['a coding that there is not', encoded('rot13'), ENCODED, ALIVE],
  ['an empty coding', encoded(''), ENCODED, ALIVE],
  ['a declared length of 64 KiB and a byte', post({ body: ' '.repeat(65_537) }), TOO_LARGE],
  ['a declared length of 2^53 + 1', post({ headers: { 'Content-Length': '9007199254740993' } }), TOO_LARGE],
];

/** Each head alone: a sender that waits to be asked before it sends the body. */
export const EXPECTATIONS: readonly Hostile[] = [
  ['at another path', expecting({ line: 'POST / HTTP/1.1' }), closing(NO_SUCH_PATH)],
  ['with another type', expecting({ headers: { 'Content-Type': 'text/plain' } }), closing(NOT_JSON_TYPE)],
  ['without a signature', expecting({ headers: { 'webhook-signature': undefined } }), closing(UNSIGNED)],
  ['with too long a body', expecting({ headers: { 'Content-Length': '65537' } }), TOO_LARGE],
  ['without a Host', expecting({ headers: { Host: undefined } }), closing(HOST)],
];

function expecting(delivery: Parameters<typeof post>[0]): Buffer {
  const bytes = post({ ...delivery, lines: ['Expect: 100-continue'] });
  return bytes.subarray(0, bytes.indexOf('\r\n\r\n') + 4);
}

/** Odd, but in order: what does not concern the receiver is not looked at. */
export const HEAD_TAKEN: readonly Hostile[] = [
  [
    'a sender that does not wait to be asked',
    post({ lines: ['Expect: 100-continue'] }),
    CONTINUE,
    STORED,
    ALIVE,
  ],
  ['another expectation', post({ lines: ['Expect: payment'] }), STORED, ALIVE],
  ['an offer of websockets', post({ lines: ['Connection: Upgrade', 'Upgrade: websocket'] }), closing(STORED)],
  [
    'an offer of HTTP/2',
    post({
      lines: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
    }),
    closing(STORED),
  ],
  ['two spaces before the version', post({ line: `POST ${PATH}  HTTP/1.1` }), STORED, ALIVE],
  ['HTTP/1.0', post({ line: `POST ${PATH} HTTP/1.0` }), closing(STORED)],
  ['10,000 small headers', post({ lines: Array(10_000).fill('a:') }), STORED, ALIVE],
  [
    'a second path in a header',
    post({ lines: ['X-Original-URL: /livez', 'X-Rewrite-URL: /livez'] }),
    STORED,
    ALIVE,
  ],
  ['a range of the body', post({ lines: ['Content-Range: bytes 0-4/5', 'Range: bytes=0-1'] }), STORED, ALIVE],
  [
    'chunks of a body in HTTP/1.0',
    postChunked(`${anEvent().length.toString(16)}\r\n${anEvent()}\r\n0\r\n\r\n`, {
      line: `POST ${PATH} HTTP/1.0`,
    }),
    closing(STORED),
  ],
];
