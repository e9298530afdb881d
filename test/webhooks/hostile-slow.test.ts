import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { NO_SUCH_PATH, readAnswers, STORED, TOO_SLOW } from './hostile/answer.ts';
import { send } from './hostile/connection.ts';
import { chunk, post, postChunked, signed } from './hostile/request.ts';
import { anEvent, aReceiver, countEvents, deliver, SECRET, signature } from './support.ts';

const SIGNED = { env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };

const OTHER = anEvent({ order_id: 'co-2' });
const THIRD = anEvent({ order_id: 'co-3' });

/** Sends one part after the other, a pause before each but the first, until the other side closes the connection. */
function trickle(url: string, first: Buffer, rest: Iterable<string>, pauseMs = 400): Promise<Buffer> {
  const parts = rest[Symbol.iterator]();
  return new Promise((resolve) => {
    const received: Buffer[] = [];
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
    socket.on('error', () => {});
    socket.on('data', (bytes) => received.push(bytes));
    socket.write(first);
    const timer = setInterval(() => {
      const part = parts.next();
      if (!part.done) socket.write(part.value);
    }, pauseMs);
    socket.on('close', () => {
      clearInterval(timer);
      resolve(Buffer.concat(received));
    });
  });
}

/** It tells whoever has begun another request, where later ones close a connection that is no longer used. */
const ON_NODE_20_19 = process.versions.node.startsWith('20.19.');

test('gives up slow senders in time, and answers others meanwhile', async () => {
  const { url, db } = await aReceiver(SIGNED);
  const whole = post();
  const head = whole.subarray(0, whole.indexOf('\r\n\r\n') + 4);
  const bytes = [...whole.toString('latin1')];
  const begunAt = performance.now();
  const over: string[] = [];
  const timed = async (name: string, sending: Promise<Buffer>) => {
    const { answers } = readAnswers(await sending);
    over.push(name);
    return { answers, seconds: (performance.now() - begunAt) / 1000 };
  };
  const stay = { timeoutMs: 25_000 };
  const leave = { timeoutMs: 18_000 };
  const nothing = Buffer.alloc(0);

  const attacks = Promise.all([
    timed('head', send(url, nothing, stay)),
    timed('head', send(url, Buffer.from('P'), stay)),
    timed('head', trickle(url, nothing, bytes)),
    timed('head', trickle(url, nothing, Array(100).fill('\r\n'))),
    timed('head', trickle(url, head.subarray(0, -2), Array(100).fill('a: b\r\n'))),
    timed('body', send(url, head, stay)),
    timed('body', trickle(url, head, anEvent())),
    timed('body', trickle(url, postChunked(''), Array(100).fill(chunk(' ')))),
    timed('body', trickle(url, postChunked('1;'), Array(100).fill('x'))),
    timed('idle', send(url, [whole, Buffer.from('P')], leave)),
    timed('idle', send(url, post({ body: OTHER, headers: signed(OTHER, { id: 'msg_2' }) }), leave)),
    timed('idle', send(url, post({ line: 'POST /elsewhere HTTP/1.1' }).subarray(0, -20), leave)),
  ]);
  const good = await deliver(url, THIRD, signature(THIRD, { id: 'msg_3' }));
  const overBeforeGood = [...over];
  const [silent, letter, slow, breaks, headers, bodiless, body, chunks, extension, ...kept] = await attacks;

  expect(good.status).toBe(200);
  expect(overBeforeGood).toEqual([]);
  expect(silent.answers).toEqual([]);
  for (const { answers } of [letter, slow, breaks, headers, bodiless, body, chunks, extension]) {
    expect(answers).toEqual([TOO_SLOW]);
  }
  for (const head of [silent, letter, slow, breaks, headers]) expect(head.seconds).toBeGreaterThan(9);
  for (const request of [bodiless, body, chunks, extension]) expect(request.seconds).toBeGreaterThan(14);
  // The limit for heads is 10 s, the one for whole requests 15 s: a head is not given the time of a request.
  expect(over.filter((name) => name !== 'idle')).toEqual([
    ...Array(5).fill('head'),
    ...Array(4).fill('body'),
  ]);
  expect(kept.map(({ answers }) => answers)).toEqual([
    ON_NODE_20_19 ? [STORED, TOO_SLOW] : [STORED],
    [STORED],
    [NO_SUCH_PATH],
  ]);
  expect(await countEvents(db)).toBe(3);
});
