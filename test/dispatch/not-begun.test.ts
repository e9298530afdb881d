import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createAnswerRoom } from '../../src/dispatch/send/answer-room.ts';
import { connect, NotBegun } from '../../src/dispatch/send/http.ts';
import { startRawProvider, startRawServer } from '../support/raw-server.ts';
import { aProvider, shipmentOf, shopWith } from './shop.ts';
import { sendDue } from './support.ts';

const POST = { method: 'POST', path: '/orders', headers: {} } as const;
const UNRECOGNISED = aProvider({ kind: 'unrecognised' });

it.each<[string, (socket: Socket) => void]>([
  ['cut', (socket) => void socket.once('data', () => socket.resetAndDestroy())],
  ['closed', (socket) => void socket.once('data', () => socket.end())],
  [
    'cut in its middle',
    (socket) => void socket.once('data', () => socket.end(Buffer.from([22, 3, 3, 0, 90]))),
  ],
  ['left without an answer', () => {}],
])('nothing was sent where the TLS handshake is %s', async (_how, shakeHands) => {
  const db = await shopWith('co-1');
  const stop = new AbortController();
  const { port } = await startRawServer((socket) => {
    stop.abort();
    shakeHands(socket);
  });

  const run = await sendDue(
    db,
    [
      {
        provider: UNRECOGNISED,
        url: `https://127.0.0.1:${port}`,
        env: { SHIPCTL_FICTIONAL_TIMEOUT_MS: '200' },
      },
    ],
    { stop: stop.signal },
  );

  expect(run.counts).toMatchObject({ due: 1, retrying: 1, uncertain: 0 });
  expect(await shipmentOf(db, 'co-1')).toMatchObject({
    status: 'pending',
    attempts: [{ outcome: 'unsent' }],
  });
});

it('nothing was sent where an idle connection is reset as the order is about to go out on it', async () => {
  const connections: Socket[] = [];
  const { url, requests } = await startRawProvider((socket) => {
    connections.push(socket);
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
  });
  const http = connect(url, {
    concurrency: 1,
    timeoutMs: 1_000,
    clock: systemClock,
    room: createAnswerRoom(),
  });
  onTestFinished(() => http.close());
  const order = () => http.exchange(POST, '{}', { timeoutMs: 1_000, mayBegin: () => true });

  const first = await order();
  await setImmediate();
  connections[0]?.resetAndDestroy();
  const second = order();

  expect(first.status).toBe(201);
  await expect(second).rejects.toThrow(NotBegun);
  await expect(second).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(requests).toHaveLength(1);
});
