import type { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { startRawProvider, startRawServer } from '../support/raw-server.ts';
import { aProvider, shipmentOf, shopWith } from './shop.ts';
import { sendDue } from './support.ts';

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

it('what broke on an idle connection is not in doubt unless it was being written', async () => {
  const orderIds = Array.from({ length: 40 }, (_, index) => `co-${index}`);
  const db = await shopWith(...orderIds);
  const { url, requests } = await startRawProvider((socket) => {
    // The connection is kept, and reset while the next order is about to go out on it.
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n', () => socket.resetAndDestroy());
  });

  await sendDue(db, [{ provider: UNRECOGNISED, url, env: { SHIPCTL_FICTIONAL_CONCURRENCY: '1' } }]);

  const shipments = await Promise.all(orderIds.map((orderId) => shipmentOf(db, orderId)));
  expect(new Set(requests.map(idIn)).size).toBe(requests.length);
  const arrived = new Set(requests.map(idIn));
  for (const { shipmentId, status } of shipments) {
    if (!arrived.has(shipmentId)) expect([shipmentId, status]).toEqual([shipmentId, 'pending']);
  }
});

function idIn(request: string): string {
  return /"order_id":"([^"]+)"/.exec(request)?.[1] ?? '';
}
