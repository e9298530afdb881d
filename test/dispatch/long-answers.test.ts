import { HttpResponse, http } from 'msw';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createAnswerRoom } from '../../src/dispatch/send/answer-room.ts';
import { connect } from '../../src/dispatch/send/http.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { oddpost } from '../../src/providers/oddpost.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { startRawProvider } from '../support/raw-server.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { aProvider, shipmentOf, shopWith } from './shop.ts';
import { DAY, sendDue } from './support.ts';

const MIB = 1024 * 1024;
const POST = { method: 'POST', path: '/orders', headers: {} } as const;

it('understands an answer with a long label in it', async () => {
  const db = await oddpostShop();
  const { url, received } = await startProvider(
    http.post(at('/v2/consignments'), () => HttpResponse.json(booked({ label: 'A'.repeat(100_000) }))),
  );

  const run = await sendDue(db, [{ provider: oddpost, url }]);

  expect(run.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(received).toHaveLength(1);
});

it('asks whether it was booked where the answer is too long to be understood', async () => {
  const db = await oddpostShop();
  const { url, received } = await startProvider(
    http.post(at('/v2/consignments'), () => HttpResponse.json(booked({ label: 'A'.repeat(9 * MIB) }))),
    http.get(at('/v2/consignments'), () =>
      HttpResponse.json({
        consignments: [{ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP1' }],
      }),
    ),
  );

  const run = await sendDue(db, [{ provider: oddpost, url, env: { SHIPCTL_ODDPOST_TIMEOUT_MS: '10000' } }]);

  expect(run.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(received.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

it.each([
  ['60 KiB of headers is understood', 60 * 1024, 'sent', 'accepted'],
  [
    'more than 64 KiB of headers leaves open whether the order was taken',
    66 * 1024,
    'uncertain',
    'unanswered',
  ],
])('an answer with %s', async (_what, bytes, becomes, outcome) => {
  const db = await shopWith('co-1');
  const { url, requests } = await startRawProvider((socket) => {
    const label = `x-label-1: ${'A'.repeat(bytes / 2)}\r\nx-label-2: ${'A'.repeat(bytes / 2)}\r\n`;
    socket.write(`HTTP/1.1 201 Created\r\n${label}content-length: 0\r\n\r\n`);
  });

  await sendDue(db, [{ provider: aProvider({ kind: 'unrecognised' }), url }]);

  expect(requests).toHaveLength(1);
  expect(await shipmentOf(db, 'co-1')).toMatchObject({ status: becomes, attempts: [{ outcome }] });
});

it.each([
  [201, 'sent'],
  [422, 'rejected'],
])('takes the status %i of an answer that is too long', async (status, becomes) => {
  const db = await shopWith('co-1');
  const { url, received } = await startProvider(
    http.post(at('/orders'), () => new HttpResponse('A'.repeat(9 * MIB), { status })),
  );

  await sendDue(db, [
    { provider: aProvider({ kind: 'unrecognised' }), url, env: { SHIPCTL_FICTIONAL_TIMEOUT_MS: '10000' } },
  ]);

  expect(await shipmentOf(db, 'co-1')).toMatchObject({ status: becomes });
  expect(received).toHaveLength(1);
});

it('takes the status of an answer whose body does not end in time', async () => {
  const db = await shopWith('co-1');
  const { url, requests } = await startRawProvider((socket) => {
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 1000\r\n\r\n');
    const drip = setInterval(() => socket.write('a'), 20);
    socket.on('close', () => clearInterval(drip));
  });

  const run = await sendDue(db, [
    { provider: aProvider({ kind: 'unrecognised' }), url, env: { SHIPCTL_FICTIONAL_TIMEOUT_MS: '200' } },
  ]);

  expect(run.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(requests).toHaveLength(1);
});

it('reads no more of all answers together than there is room for, and gives the room back', async () => {
  const { url } = await startRawProvider((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${MIB}\r\n\r\n${'A'.repeat(MIB)}`);
  });
  const room = createAnswerRoom(1.5 * MIB);
  const provider = connect(url, { concurrency: 1, timeoutMs: 10_000, clock: systemClock, room });
  onTestFinished(() => provider.close());
  const read = () => provider.exchange(POST, '{}', { timeoutMs: 10_000, mayBegin: () => true });

  room.take(MIB);
  const besideAnother = await read();
  room.free(MIB);
  const alone = await read();

  expect(besideAnother.status).toBe(200);
  expect(besideAnother.body.length).toBeLessThan(MIB / 2);
  expect(alone.body).toHaveLength(MIB);
  expect([room.take(1.5 * MIB), room.take(1)]).toEqual([true, false]);
});

it('counts what a body takes that comes one byte at a time', async () => {
  const { url } = await startRawProvider((socket) => {
    socket.write(
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'1\r\nA\r\n'.repeat(10_000)}0\r\n\r\n`,
    );
  });
  const options = { concurrency: 1, timeoutMs: 10_000, clock: systemClock };
  const provider = connect(url, { ...options, room: createAnswerRoom(MIB) });
  onTestFinished(() => provider.close());

  const { status, body } = await provider.exchange(POST, '{}', { timeoutMs: 10_000, mayBegin: () => true });

  expect(status).toBe(200);
  expect(body).toHaveLength(4_080);
});

function booked(more: object) {
  return { results: [{ clientReference: 'co-1', state: 'BOOKED', consignmentNo: 'OP1', ...more }] };
}

async function oddpostShop() {
  const { db } = await temporaryDatabase();
  const orders = [anOrder({ starts_on: DAY, provider: 'oddpost' })];
  const known = new Map<string, Provider>([['oddpost', oddpost]]);
  await loadOrders(db, readOrders(Buffer.from(JSON.stringify(orders)), 'test', known), DAY);
  return db;
}
