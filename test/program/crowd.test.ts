import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram, startServer } from '../support/program.ts';
import { signedRequest } from '../support/webhook-load.js';
import { temporaryFolder } from '../support/workspace.ts';
import { deliver, SECRET, signature } from '../webhooks/support.ts';

const BODY = '{"order_id":"slow","event_name":"in-transit","event_time":"2023-05-19 13:18:45"}';
const REQUEST = signedRequest({ id: 'slow', body: BODY }, SECRET);
const PAUSE_MS = 50;
/** Where the machine is busy, the slow ones are slower too. */
const BYTES_IN_A_SECOND = 1_000 / PAUSE_MS;
const HEAD_LENGTH = REQUEST.length - BODY.length;

test('answers an event at once while thousands hold idle and slow connections', async () => {
  const { url } = await aReceiverProgram();
  const idle = await connectMany(url, 2_000);
  const slowHeads = await connectMany(url, 250);
  const slowBodies = await connectMany(url, 250);
  dribble(slowHeads, 10);
  const slow = dribble(slowBodies, HEAD_LENGTH);

  const answers: { status: number; atOnce: boolean }[] = [];
  for (let number = 1; number <= 10; number += 1) {
    const body = BODY.replace('slow', `co-${number}`);
    const before = slow.bytes();
    const { status } = await deliver(url, body, signature(body, { id: `msg_${number}`, atMs: Date.now() }));
    answers.push({ status, atOnce: slow.bytes() - before < BYTES_IN_A_SECOND });
  }

  expect(answers).toEqual(Array(10).fill({ status: 200, atOnce: true }));
  const crowd = [...idle, ...slowHeads, ...slowBodies];
  expect(crowd.filter((socket) => socket.readyState === 'open')).toHaveLength(2_500);
});

async function aReceiverProgram() {
  const cwd = temporaryFolder();
  expect(await runProgram(['migrate'], { cwd })).toMatchObject({ exitCode: 0 });
  const env = { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET };
  return startServer(['serve-webhooks', '--port', '0'], { cwd, env });
}

async function connectMany(url: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, () => connect({ host: hostname, port: Number(port) }));
  for (const socket of sockets) socket.on('error', () => {});
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  return sockets;
}

/** Sends the request's first bytes at once and then one every 50 ms, on each of the connections; tells how many. */
function dribble(sockets: readonly Socket[], atOnce: number): { bytes(): number } {
  for (const socket of sockets) socket.write(REQUEST.slice(0, atOnce));
  let sent = atOnce;
  const timer = setInterval(() => {
    for (const socket of sockets) socket.write(REQUEST.charAt(sent));
    sent += 1;
  }, PAUSE_MS);
  onTestFinished(() => clearInterval(timer));
  return { bytes: () => sent - atOnce };
}
