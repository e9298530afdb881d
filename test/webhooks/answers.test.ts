import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  anEvent,
  aReceiver,
  connectTo,
  countEvents,
  deliver,
  exchange,
  parseAnswer,
  probe,
  readAll,
} from './support.ts';

const PATH = '/webhooks/fictional';
const HOST = 'Host: 127.0.0.1';
const JSON_TYPE = 'Content-Type: application/json';

/** A request as text, `Connection: close` and the length added. */
function request(line: string, headers: readonly string[], body = ''): string {
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  return `${[line, ...headers, length, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`;
}

function post(body: string, headers: readonly string[] = [HOST, JSON_TYPE]): string {
  return request(`POST ${PATH} HTTP/1.1`, headers, body);
}

function chunked(body: string, coding = 'chunked'): string {
  const head = [
    `POST ${PATH} HTTP/1.1`,
    HOST,
    JSON_TYPE,
    `Transfer-Encoding: ${coding}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;
}

const REFUSED: readonly [name: string, status: number, request: string | Buffer][] = [
  ['no JSON', 400, post('{"order_id": "co-1",}')],
  ['an empty body', 400, post('')],
  ['a byte order mark', 400, post(`\u{feff}${anEvent()}`)],
  ['a duplicate key', 400, post('{"order_id":"co-1","order_id":"co-2"}')],
  ['a duplicate key, escaped', 400, post('{"order_id":"co-1","\\u006frder_id":"co-2"}')],
  ['nesting without end', 400, post('['.repeat(30_000))],
  ['deep nesting', 400, post(`{"x":${'['.repeat(40)}${']'.repeat(40)}}`)],
  ['no UTF-8', 400, Buffer.from(post('{"order_id":"\u00ff"}').replace('Length: 17', 'Length: 16'), 'latin1')],
  ['no Host', 400, post(anEvent(), [JSON_TYPE])],
  ['two Hosts', 400, post(anEvent(), [HOST, HOST, JSON_TYPE])],
  ['no HTTP', 400, 'HELO receiver\r\n\r\n'],
  ['a length and chunks', 400, chunked(anEvent()).replace('Connection', 'Content-Length: 3\r\nConnection')],
  ['a chunk that is none', 400, chunked(anEvent()).replace('\r\n0\r\n', '\r\nxyz\r\n')],
  ['another path', 404, request('POST /webhooks HTTP/1.1', [HOST, JSON_TYPE], anEvent())],
  ['another provider', 404, request('POST /webhooks/nobody HTTP/1.1', [HOST, JSON_TYPE], anEvent())],
  ['a query', 404, request(`POST ${PATH}?x=1 HTTP/1.1`, [HOST, JSON_TYPE], anEvent())],
  ['a trailing slash', 404, request(`POST ${PATH}/ HTTP/1.1`, [HOST, JSON_TYPE], anEvent())],
  ['an absolute target', 404, request(`POST http://127.0.0.1${PATH} HTTP/1.1`, [HOST, JSON_TYPE], anEvent())],
  ['two slashes', 404, request(`POST /${PATH} HTTP/1.1`, [HOST, JSON_TYPE], anEvent())],
  ['an escaped path', 404, request('POST /webhooks/%66ictional HTTP/1.1', [HOST, JSON_TYPE], anEvent())],

  ['GET', 405, request(`GET ${PATH} HTTP/1.1`, [HOST])],
  ['TRACE', 405, request(`TRACE ${PATH} HTTP/1.1`, [HOST])],
  ['a declared length over 64 KiB', 413, post(' '.repeat(65_537))],
  ['chunks over 64 KiB', 413, chunked(' '.repeat(65_537))],
  ['no content type', 415, post(anEvent(), [HOST])],
  ['a form', 415, post('order_id=co-1', [HOST, 'Content-Type: application/x-www-form-urlencoded'])],
  ['two content types', 415, post(anEvent(), [HOST, JSON_TYPE, 'Content-Type: text/plain'])],
  ['another charset', 415, post(anEvent(), [HOST, 'Content-Type: application/json; charset=utf-16'])],
  [
    'a compressed body',
    415,
    post(gzipSync(anEvent()).toString('latin1'), [HOST, JSON_TYPE, 'Content-Encoding: gzip']),
  ],
  ['a compressed transfer', 415, chunked(anEvent(), 'gzip, chunked')],
  ['an array', 422, post('[]')],
  ['null', 422, post('null')],
  ['too long headers', 431, post(anEvent(), [HOST, JSON_TYPE, `X-Filler: ${'x'.repeat(17_000)}`])],
];

test.each(REFUSED)('refuses %s with %i', async (_name, status, bytes) => {
  const { url, db, lines, close } = await aReceiver();

  const answer = await exchange(url, bytes);

  expect(answer).toMatchObject({ status, body: { type: 'about:blank', status } });
  expect(Object.keys(answer.body)).toEqual(expect.arrayContaining(['type', 'title', 'status', 'detail']));
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(lines.filter((line) => line.includes(answer.headers.get('x-request-id') ?? '?'))).toHaveLength(1);
  expect(await countEvents(db)).toBe(0);
  expect(await deliver(url, anEvent())).toMatchObject({ status: 200 });
  expect(await close()).toMatchObject({ refused: 1 });
});

test.each([
  ['a charset', post(anEvent(), [HOST, 'Content-Type: application/json; charset=UTF-8'])],
  ['another case', post(anEvent(), ['hOST: 127.0.0.1', 'CONTENT-TYPE: Application/JSON'])],
  ['chunks', chunked(anEvent())],
  ['a body of exactly 64 KiB', post(anEvent().padEnd(65_536, ' '))],
  [
    'a key named __proto__',
    post('{"__proto__":{"order_id":"x"},"constructor":1,'.concat(anEvent().slice(1))),
  ],
])('takes %s', async (_name, bytes) => {
  const { url } = await aReceiver();

  expect(await exchange(url, bytes)).toMatchObject({ status: 200, body: { status: 'stored' } });
});

test('says which methods a path takes', async () => {
  const { url } = await aReceiver();

  const delivery = await probe(`${url}${PATH}`, 'PUT');
  const health = await probe(`${url}/livez`, 'POST');

  expect([delivery.status, delivery.headers.get('allow')]).toEqual([405, 'POST']);
  expect([health.status, health.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});

test('names every problem of an event by its JSON pointer', async () => {
  const { url, lines } = await aReceiver();

  const answer = await deliver(url, '{"order_id":"","event_name":"lost"}');

  expect(answer.status).toBe(422);
  expect(answer.body.errors).toEqual([
    { pointer: '/order_id', detail: 'must be text of 1 to 35 characters, without control characters' },
    {
      pointer: '/event_name',
      detail: 'must be one of waiting-for-collection, in-transit, failed-to-deliver, delivered',
    },
    { pointer: '/event_time', detail: 'is missing' },
  ]);
  expect(lines.join('')).not.toContain('lost');
});

test.each([
  ['2026-05-30T14:00:00Z', 200],
  ['2026-05-30T14:00:01Z', 422],
])('takes event times up to 26 hours ahead: %s', async (event_time, status) => {
  const { url } = await aReceiver();

  const answer = await deliver(url, anEvent({ event_time }));

  expect(answer.status).toBe(status);
  if (status === 422) expect(answer.body.errors).toMatchObject([{ pointer: '/event_time' }]);
});

test("reads event times without an offset in the provider's time zone", async () => {
  const { url, db } = await aReceiver({ env: { SHIPCTL_FICTIONAL_TIMEZONE: 'Europe/London' } });

  await deliver(url, anEvent({ event_time: '2026-05-28 13:00:00' }));

  expect(await db.selectFrom('tracking_events').select('event_at').execute()).toEqual([
    { event_at: Date.parse('2026-05-28T12:00:00Z') },
  ]);
});

test('answers in order what one connection sends at once, and the good part of it before the broken rest', async () => {
  const { url, db } = await aReceiver();
  const socket = await connectTo(url);
  const first = post(anEvent({ order_id: 'a' })).replace('Connection: close\r\n', '');
  const second = post(anEvent({ order_id: 'b' })).replace('Connection: close\r\n', '');

  const reading = readAll(socket);
  socket.write(`${first}${second}NONSENSE\r\n\r\n`);
  const text = await reading;

  expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  expect(await countEvents(db)).toBe(2);
});

test('asks a sender that waits to go on, or refuses before the body is sent', async () => {
  const { url } = await aReceiver();
  const head = (line: string) =>
    `${[line, HOST, JSON_TYPE, `Content-Length: ${anEvent().length}`, 'Expect: 100-continue', 'Connection: close'].join('\r\n')}\r\n\r\n`;

  const welcome = await connectTo(url);
  const welcomed = readAll(welcome);
  welcome.write(head(`POST ${PATH} HTTP/1.1`));
  welcome.once('data', () => welcome.write(anEvent()));
  const refused = await exchange(url, head('POST /elsewhere HTTP/1.1'));

  const [interim, ...rest] = (await welcomed).split('\r\n\r\n');
  expect(interim).toBe('HTTP/1.1 100 Continue');
  expect(parseAnswer(rest.join('\r\n\r\n'))).toMatchObject({ status: 200 });
  expect(refused.status).toBe(404);
});

test('does not reset the connection of a sender that is still writing when it is refused', async () => {
  const { url } = await aReceiver();
  const socket = await connectTo(url);
  const errors: Error[] = [];
  socket.on('error', (error) => errors.push(error));
  const reading = readAll(socket);

  socket.write(`POST ${PATH} HTTP/1.1\r\n${HOST}\r\n${JSON_TYPE}\r\nContent-Length: 500000\r\n\r\n`);
  await once(socket, 'data');
  for (let part = 0; part < 50; part += 1) socket.write(' '.repeat(10_000));
  const answer = parseAnswer(await reading);

  expect(answer.status).toBe(413);
  expect(answer.headers.get('connection')).toBe('close');
  expect(errors).toEqual([]);
});

test('is alive and ready', async () => {
  const { url } = await aReceiver();

  const live = await probe(`${url}/livez`);
  const ready = await probe(`${url}/readyz`);
  const head = await probe(`${url}/readyz`, 'HEAD');

  expect([live.status, ready.status, head.status]).toEqual([200, 200, 200]);
});
