import { anEvent } from '../support.ts';
import { CONTINUE, NO_SUCH_PATH, NOT_HTTP, UNSIGNED } from './answer.ts';
import { chunk, type Hostile, post, postChunked, UNSIGNED_HEADERS } from './request.ts';

const whole = post();
const head = whole.subarray(0, whole.indexOf('\r\n\r\n') + 4);

/** The sender says that nothing more will come, in the middle of it. */
export const HALF_REQUESTS: readonly Hostile[] = [
  ['nothing', Buffer.alloc(0)],
  ['an empty line', Buffer.from('\r\n')],
  ['half a method', Buffer.from('PO'), NOT_HTTP],
  ['half a request line', whole.subarray(0, 20), NOT_HTTP],
  ['half a header', whole.subarray(0, 50), NOT_HTTP],
  ['a head without its last line break', head.subarray(0, -1), NOT_HTTP],
  ['a head alone', head, NOT_HTTP],
  ['half a body', whole.subarray(0, -20), NOT_HTTP],
  ['all but the last byte', whole.subarray(0, -1), NOT_HTTP],
  ['a length beyond the body', post({ headers: { 'Content-Length': '65536' } }), NOT_HTTP],
  ['half a chunk', postChunked(chunk(anEvent()).slice(0, 50)), NOT_HTTP],
  ['chunks without the last one', postChunked(chunk(anEvent())), NOT_HTTP],
  ['a last chunk without its last line break', postChunked(`${chunk(anEvent())}0\r\n`), NOT_HTTP],
  ['a chunk of 2^60 bytes', postChunked(chunk(anEvent(), 'fffffffffffffff')), NOT_HTTP],
  ['a trailer without end', postChunked(`${chunk(anEvent())}0\r\nX: y`), NOT_HTTP],
  [
    'half a body that was asked for',
    post({ lines: ['Expect: 100-continue'] }).subarray(0, -20),
    CONTINUE,
    NOT_HTTP,
  ],
  ['half a body that is refused', post({ headers: UNSIGNED_HEADERS }).subarray(0, -20), UNSIGNED],
  ['half a body at another path', post({ line: 'POST / HTTP/1.1' }).subarray(0, -20), NO_SUCH_PATH],
];
