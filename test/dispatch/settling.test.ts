import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { createSettling, settlingMs } from '../../src/dispatch/send/settling.ts';
import type { LookUp } from '../../src/providers/provider.ts';
import { clockShowing } from '../support/clock.ts';
import { startRawProvider } from '../support/raw-server.ts';
import { aProvider, LOOK_UP, shipmentOf, shopWith } from './shop.ts';
import { sendDue } from './support.ts';

const { settleSeconds: _none, ...UNSAID } = LOOK_UP;

/** A provider that books an order so long after it came, whatever has become of the connection; nothing is answered. */
async function startSlowProvider(bookedAfterMs: number, onOrder = () => {}) {
  const booked: string[] = [];
  const { url, requests } = await startRawProvider((socket, request) => {
    if (request.startsWith('POST ')) {
      onOrder();
      return void setTimeout(() => booked.push(request), bookedAfterMs);
    }
    const status = booked.length > 0 ? '200 OK' : '404 Not Found';
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
  });
  return { url, booked, methods: () => requests.map((request) => request.split(' ')[0]) };
}

it('an order that is booked after the time-out is booked once', async () => {
  const db = await shopWith('co-1');
  const { url, booked, methods } = await startSlowProvider(2_500);

  const run = await sendDue(db, [
    { provider: aProvider(UNSAID), url, env: { SHIPCTL_FICTIONAL_TIMEOUT_MS: '1500' } },
  ]);

  expect(run.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(booked).toHaveLength(1);
  expect(methods()).toEqual(['POST', 'GET', 'GET']);
  expect(await shipmentOf(db, 'co-1')).toMatchObject({
    status: 'sent',
    attempts: [
      { outcome: 'unanswered' },
      {
        outcome: 'unsent',
        reason: expect.stringMatching(
          /^asked, it does not have the order, which may still come up: it is asked again in [12] s$/,
        ),
      },
      { outcome: 'accepted' },
    ],
  });
});

it('a later run does not believe it sooner', async () => {
  const db = await shopWith('co-1');
  const stop = new AbortController();
  const { url, methods } = await startSlowProvider(700, () => stop.abort());
  const lane = { provider: aProvider(UNSAID), url, env: { SHIPCTL_FICTIONAL_TIMEOUT_MS: '500' } };

  const first = await sendDue(db, [lane], { stop: stop.signal });
  const second = await sendDue(db, [lane]);

  expect(first.counts).toMatchObject({ due: 1, retrying: 1 });
  expect(second.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(methods().filter((method) => method === 'POST')).toHaveLength(1);
});

it('a later run does not believe it at once, though the wall clock went two days forward in between', async () => {
  const db = await shopWith('co-1');
  const stop = new AbortController();
  const methods: string[] = [];
  const { url } = await startRawProvider((socket, request) => {
    methods.push(request.split(' ')[0] ?? '');
    stop.abort();
    if (methods.at(-1) === 'POST') return void socket.destroy();
    // It comes up after it was asked for the first time.
    const status = methods.length === 2 ? '404 Not Found' : '200 OK';
    socket.write(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
  });
  const lane = { provider: aProvider({ ...LOOK_UP, settleSeconds: 0.5 }), url };

  await sendDue(db, [lane], { stop: stop.signal });
  const ahead = clockShowing(() => Date.now() + 172_800_000);
  const second = await sendDue(db, [lane], { clock: ahead });

  expect(second.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(methods).toEqual(['POST', 'GET', 'GET']);
});

it('is sent again right after the settling time that the provider states', async () => {
  const db = await shopWith('co-1');
  let posts = 0;
  const { url } = await startRawProvider((socket, request) => {
    if (request.startsWith('GET '))
      return void socket.write('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    posts += 1;
    if (posts === 1) return void socket.destroy();
    socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
  });

  const run = await sendDue(db, [{ provider: aProvider({ ...LOOK_UP, settleSeconds: 1 }), url }]);

  expect(run.counts).toMatchObject({ due: 1, accepted: 1 });
  expect(posts).toBe(2);
  // Asked three times at most: at once, and when it can be believed.
  const { attempts } = await shipmentOf(db, 'co-1');
  const [first, , last] = attempts;
  expect(attempts).toHaveLength(3);
  expect((last?.startedAt ?? 0) - (first?.startedAt ?? 0)).toBeGreaterThanOrEqual(999);
});

describe('the settling time', () => {
  const lookUp: { kind: 'look-up' } & LookUp = LOOK_UP;

  it('is twice the time-out unless the provider states another', () => {
    expect(settlingMs(UNSAID, 1_500)).toBe(3_000);
    expect(settlingMs({ ...lookUp, settleSeconds: 0.5 }, 1_500)).toBe(500);
    expect(settlingMs({ kind: 'recognised' }, 1_500)).toBe(0);
  });

  it('counts from the attempt that this run made, and else from when it first asked', () => {
    const { settling, clock } = settlingFor(1_000);

    settling.began({ id: 1, claim: 3 }, 0);
    clock.atMs = 400;

    expect(settling.leftMs({ id: 1, claim: 4 })).toBe(600);
    expect(settling.leftMs({ id: 2, claim: 4 })).toBe(1_000);
    clock.atMs = 1_400;
    expect(settling.leftMs({ id: 1, claim: 5 })).toBe(0);
    expect(settling.leftMs({ id: 2, claim: 5 })).toBe(0);
  });

  it('counts anew where the shipment was claimed by another run in between, which may have sent it', () => {
    const { settling, clock } = settlingFor(1_000);

    settling.leftMs({ id: 1, claim: 3 });
    clock.atMs = 60_000;

    expect(settling.leftMs({ id: 1, claim: 5 })).toBe(1_000);
    clock.atMs = 61_000;
    expect(settling.leftMs({ id: 1, claim: 6 })).toBe(0);
  });
});

function settlingFor(settleMs: number) {
  const clock = { atMs: 0 };
  return { clock, settling: createSettling({ ...systemClock, monotonic: () => clock.atMs }, settleMs) };
}
