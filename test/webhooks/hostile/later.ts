import {
  ALIVE,
  type Answer,
  CONTINUE,
  closing,
  NO_SUCH_PATH,
  NOT_HTTP,
  TOO_LARGE,
  UNSIGNED,
} from './answer.ts';
import { chunk, PROBE, post, postChunked, UNSIGNED_HEADERS } from './request.ts';

/** Each part is sent when the answer to the one before has begun to come. */
export type HostileParts = readonly [name: string, parts: readonly Buffer[], ...answers: readonly Answer[]];

const ELSEWHERE = 'POST /elsewhere HTTP/1.1';
const CHECK = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
const NONSENSE = Buffer.from('nonsense\r\n\r\n');

/** What follows an answer: no request is answered twice. */
export const AFTERWARDS: readonly HostileParts[] = [
  [
    'the rest of a body that was refused, and a request behind it',
    [
      post({ line: ELSEWHERE, headers: { 'Content-Length': '1000' }, body: 'a'.repeat(500) }),
      Buffer.from(`${'b'.repeat(500)}${PROBE}`),
    ],
    NO_SUCH_PATH,
    ALIVE,
  ],
  [
    'a broken chunk after a refusal by path',
    [postChunked('', { line: ELSEWHERE }), NONSENSE],
    closing(NO_SUCH_PATH),
  ],
  [
    'a broken chunk after a refusal by signature',
    [postChunked('', { headers: UNSIGNED_HEADERS }), NONSENSE],
    closing(UNSIGNED),
  ],
  ['a broken chunk after a refusal by size', [postChunked(chunk(' '.repeat(65_537))), NONSENSE], TOO_LARGE],
  [
    'a broken chunk that was asked for',
    [postChunked('', { lines: ['Expect: 100-continue'] }), NONSENSE],
    CONTINUE,
    NOT_HTTP,
  ],
  [
    '30 MB after a refusal by size',
    [post({ body: '', headers: { 'Content-Length': '30000000' } }), Buffer.alloc(30_000_000)],
    TOO_LARGE,
  ],
  [
    'nonsense after a health check',
    [Buffer.from(CHECK), NONSENSE],
    { ...ALIVE, connection: 'keep-alive' },
    NOT_HTTP,
  ],
];
