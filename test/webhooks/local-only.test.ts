import { expect, test } from 'vitest';
import { isLoopback } from '../../src/webhooks/local-request.ts';
import { anEvent, aReceiver, countEvents, exchange } from './support.ts';

function unsigned(host: string, ...headers: readonly string[]): string {
  const lines = [
    'POST /webhooks/fictional HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: application/json',
    `Content-Length: ${anEvent().length}`,
    'Connection: close',
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n${anEvent()}`;
}

test('warns at the start that events are taken unsigned', async () => {
  const { lines } = await aReceiver();

  expect(lines).toEqual([
    'warn: no webhook secret: events are taken unsigned, from this machine only provider=fictional\n',
  ]);
});

test.each(['127.0.0.1', '127.0.0.1:8080', 'localhost', 'LOCALHOST:80', '127.1.2.3', '[::1]', '[::1]:8080'])(
  'takes an unsigned event for host %s',
  async (host) => {
    const { url } = await aReceiver();

    expect(await exchange(url, unsigned(host))).toMatchObject({ status: 200 });
  },
);

test.each([
  ['another host', unsigned('shipping.example')],
  ['a host that only starts like this machine', unsigned('127.0.0.1.example')],
  ['a name that points here', unsigned('localhost.example:8080')],
  ['Forwarded', unsigned('127.0.0.1', 'Forwarded: for=192.0.2.1')],
  ['X-Forwarded-For', unsigned('127.0.0.1', 'X-Forwarded-For: 192.0.2.1')],
  [
    'any X-Forwarded header, after thousands of others',
    unsigned('a', ...Array(2100).fill('a:'), 'x-forwarded-x:').replace('Host: a', 'Host: 127.0.0.1'),
  ],
  ['Origin', unsigned('127.0.0.1', 'Origin: http://evil.example')],
])('refuses an unsigned event with %s', async (_name, request) => {
  const { url, db } = await aReceiver();

  const answer = await exchange(url, request);

  expect(answer).toMatchObject({ status: 401, body: { detail: 'The signature is missing or not valid.' } });
  expect(await countEvents(db)).toBe(0);
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['192.168.127.1', false],
  ['localhost.example', false],
  ['1127.0.0.1', false],
])('knows whether %s is this machine only', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
