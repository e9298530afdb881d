import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { openShop } from '../support/shop.ts';

const DAY = '2026-05-22';
const TIMEOUT = { SHIPCTL_FICTIONAL_TIMEOUT_MS: '200' };
const ANSWER_201 = 'HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}';
const ANSWER_409 = 'HTTP/1.1 409 Conflict\r\ncontent-length: 0\r\n\r\n';

/** What the provider does on its first connection; on later ones it says that it has the order. */
const misbehaviours: [name: string, first: (socket: Socket) => void, attempts: string[]][] = [
  ['hangs', () => {}, ['unanswered', 'accepted']],
  ['closes at once', (socket) => socket.destroy(), ['unanswered', 'accepted']],
  ['resets the connection', (socket) => socket.resetAndDestroy(), ['unanswered', 'accepted']],
  ['closes politely without an answer', (socket) => socket.end(), ['unanswered', 'accepted']],
  [
    'answers garbage',
    (socket) => socket.end('\u0000\u0001 this is not HTTP\r\n\r\n'),
    ['unanswered', 'accepted'],
  ],
  [
    'sends a status of four digits',
    (socket) => socket.end('HTTP/1.1 2010 What\r\n\r\n'),
    ['unanswered', 'accepted'],
  ],
  ['trickles its headers', (socket) => trickle(socket, ANSWER_201), ['unanswered', 'accepted']],
  [
    'answers after the time-out',
    (socket) => void setTimeout(() => socket.writable && socket.write(ANSWER_201), 400),
    ['unanswered', 'accepted'],
  ],
  [
    'takes the order and breaks off in the body',
    (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{"half":'),
    ['accepted'],
  ],
  [
    'takes the order and never ends the body',
    (socket) => {
      socket.write('HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n');
      trickle(socket, '1\r\nx\r\n'.repeat(100_000));
    },
    ['accepted'],
  ],
  [
    'takes the order and says so in HTML',
    (socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>'),
    ['accepted'],
  ],
  [
    'answers before it has read the order',
    (socket) => {
      socket.pause();
      socket.end(ANSWER_201);
    },
    ['accepted'],
  ],
  [
    'sends headers without end',
    (socket) => socket.end(`HTTP/1.1 201 Created\r\nx-long: ${'x'.repeat(100_000)}\r\n\r\n`),
    ['unanswered', 'accepted'],
  ],
  [
    'sends an absurd Retry-After',
    (socket) =>
      socket.end('HTTP/1.1 500 Oops\r\nretry-after: 99999999999999999999\r\ncontent-length: 0\r\n\r\n'),
    ['unanswered', 'accepted'],
  ],
];

describe('a provider that', () => {
  it.each(misbehaviours)('%s', async (_name, first, outcomes) => {
    const shop = await openShop({ url: await misbehavingProvider(first), orders: [anOrder()] });

    const run = await shop(DAY, 'ship-due', '--json', TIMEOUT);

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.json().counts).toMatchObject({ due: 1, accepted: 1 });
    const { shipments } = (await shop(DAY, 'status', 'co-1', '--json')).json();
    expect(shipments[0].attempt_log.map(({ outcome }: { outcome: string }) => outcome)).toEqual(outcomes);
  });

  it('puts control characters into its answer breaks no table', async () => {
    const body = 'no\r\nsuch \u001b[2J\u202epostcode';
    const answer = `HTTP/1.1 422 No\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const shop = await openShop({
      url: await misbehavingProvider((socket) => socket.end(answer)),
      orders: [anOrder()],
    });

    const run = await shop(DAY, 'ship-due');
    const status = await shop(DAY, 'status', 'co-1');

    for (const text of [run.stdout, status.stdout]) {
      expect(text).toContain('no such');
      for (const character of ['\u001b', '\u202e', '\r']) expect(text).not.toContain(character);
    }
  });
});

async function misbehavingProvider(first: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    connections += 1;
    const answer = connections === 1 ? first : () => socket.end(ANSWER_409);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

/** A few bytes at a time, for as long as anyone listens. */
function trickle(socket: Socket, text: string): void {
  let sent = 0;
  const timer = setInterval(() => {
    if (!socket.writable || sent >= text.length) return clearInterval(timer);
    socket.write(text.slice(sent, sent + 6));
    sent += 6;
  }, 50);
  socket.once('close', () => clearInterval(timer));
}
