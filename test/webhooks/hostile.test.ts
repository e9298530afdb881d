import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { type Answer, readAnswers } from './hostile/answer.ts';
import { type SendOptions, send } from './hostile/connection.ts';
import { EVENT_NAMES, EVENT_TIMES, EVENTS, EVENTS_TAKEN, ORDER_IDS } from './hostile/event.ts';
import { CHUNK_GAMES, FRAMING, FRAMING_TAKEN } from './hostile/framing.ts';
import { HALF_REQUESTS } from './hostile/half.ts';
import { CONTENT, EXPECTATIONS, HEAD_TAKEN, HEADERS, METHODS, PROTOCOLS, TARGETS } from './hostile/head.ts';
import { AMBIGUITY, BYTES, JSON_TAKEN, POLLUTION, SYNTAX } from './hostile/json.ts';
import { AFTERWARDS } from './hostile/later.ts';
import { LOCAL, LOCAL_REPLAYS, LOCAL_TAKEN } from './hostile/local.ts';
import { chunk, type Hostile, LAST_CHUNK, PROBE, post, postChunked } from './hostile/request.ts';
import { REPLAYS, SIGNATURES, SIGNATURES_TAKEN } from './hostile/signature.ts';
import { anEvent, aReceiver, countEvents, deliver, SECRET, signature } from './support.ts';

const SIGNED = { env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };
const UNSIGNED = { env: {} };

const GOOD = anEvent({ order_id: 'co-good' });

type Attack = readonly [name: string, parts: readonly Buffer[], ...answers: readonly Answer[]];

/** Sends each attack to a receiver that has no events, and tells by name what came of it. */
async function attackAll(
  attacks: readonly Attack[],
  { env, ...how }: SendOptions & { env: Record<string, string> },
) {
  const { url, db, lines } = await aReceiver({ env });
  const outcomes: Record<string, unknown> = {};
  for (const [name, parts] of attacks) {
    lines.length = 0;
    // A connection that stays open is an outcome too: the others are told nevertheless.
    const received = await send(url, parts, how).catch((error: Error) => error);
    const { answers, requestIds } =
      received instanceof Error ? { answers: received.message, requestIds: [] } : readAnswers(received);
    const logged = lines.flatMap((line) => /request refused .*request_id=(\S+)/.exec(line)?.[1] ?? []);
    const stored = await countEvents(db);
    const { status } = await deliver(url, GOOD, signature(GOOD, { id: 'msg_good' }));
    outcomes[name] = {
      answers,
      stored,
      alive: status === 200,
      // One line in the log for each refusal that was sent.
      logged:
        logged.sort().join() ===
        requestIds
          .filter((id) => id !== undefined)
          .sort()
          .join(),
    };
    await db.deleteFrom('tracking_events').execute();
  }
  return outcomes;
}

function expectedOf(attacks: readonly Attack[], stored = 0) {
  return Object.fromEntries(
    attacks.map(([name, , ...answers]) => [name, { answers, stored, alive: true, logged: true }]),
  );
}

function withProbe([name, bytes, ...answers]: Hostile): Attack {
  return [name, [Buffer.concat([bytes, Buffer.from(PROBE)])], ...answers];
}

function alone([name, bytes, ...answers]: Hostile): Attack {
  return [name, [bytes], ...answers];
}

test.each<[string, readonly Hostile[]]>([
  ['framing', FRAMING],
  ['chunks', CHUNK_GAMES],
  ['protocols', PROTOCOLS],
  ['targets', TARGETS],
  ['methods', METHODS],
  ['headers', HEADERS],
  ['content', CONTENT],
  ['signatures', SIGNATURES],
  ['bytes', BYTES],
  ['syntax', SYNTAX],
  ['ambiguity', AMBIGUITY],
  ['pollution', POLLUTION],
  ['events', EVENTS],
  ['order ids', ORDER_IDS],
  ['event names', EVENT_NAMES],
  ['event times', EVENT_TIMES],
])('answers hostile %s as they deserve, and stores nothing', async (_kind, rows) => {
  const attacks = rows.map(withProbe);

  const outcomes = await attackAll(attacks, SIGNED);

  expect(outcomes).toEqual(expectedOf(attacks));
});

test('takes nothing unsigned that did not start on this machine', async () => {
  const attacks = LOCAL.map(withProbe);

  const outcomes = await attackAll(attacks, UNSIGNED);

  expect(outcomes).toEqual(expectedOf(attacks));
});

test('refuses what it can before it asks for a body', async () => {
  const attacks = EXPECTATIONS.map(alone);

  const outcomes = await attackAll(attacks, SIGNED);

  expect(outcomes).toEqual(expectedOf(attacks));
});

test('stores nothing of a request that ends too early', async () => {
  const attacks = HALF_REQUESTS.map(alone);

  const outcomes = await attackAll(attacks, { ...SIGNED, ends: true });

  expect(outcomes).toEqual(expectedOf(attacks));
});

test('answers once, whatever follows', async () => {
  const outcomes = await attackAll(AFTERWARDS, SIGNED);

  expect(outcomes).toEqual(expectedOf(AFTERWARDS));
});

test.each<[string, typeof SIGNED | typeof UNSIGNED, readonly Hostile[]]>([
  ['repeated deliveries', SIGNED, REPLAYS],
  ['unsigned repeated deliveries', UNSIGNED, LOCAL_REPLAYS],
  ['odd framing', SIGNED, FRAMING_TAKEN],
  ['odd heads', SIGNED, HEAD_TAKEN],
  ['odd signatures', SIGNED, SIGNATURES_TAKEN],
  ['odd JSON', SIGNED, JSON_TAKEN],
  ['odd events', SIGNED, EVENTS_TAKEN],
  ['local requests', UNSIGNED, LOCAL_TAKEN],
])('answers %s as they deserve, and stores one event', async (_kind, options, rows) => {
  const attacks = rows.map(withProbe);

  const outcomes = await attackAll(attacks, options);

  expect(outcomes).toEqual(expectedOf(attacks, 1));
});

test('holds no memory of thousands of hostile requests', async () => {
  const { url, db, lines } = await aReceiver(SIGNED);
  const attacks: readonly (readonly [Buffer, SendOptions])[] = [
    [post({ body: '['.repeat(60_000) }), { ends: true }],
    [post({ signs: 'forged', body: ' '.repeat(60_000) }), { ends: true }],
    [postChunked(`${chunk(' '.repeat(70_000))}${LAST_CHUNK}`), {}],
    [post({ lines: Array(1000).fill('a: b') }).subarray(0, -20), { ends: true }],
    [post({ lines: [`X: ${'x'.repeat(20_000)}`] }), {}],
    [Buffer.from('nonsense\r\n\r\n'), {}],
  ];
  const repeat = async (times: number) => {
    for (let round = 0; round < times; round += 1) {
      await Promise.all(attacks.map(([bytes, how]) => send(url, bytes, how)));
    }
    lines.length = 0;
    return heldBytes();
  };

  const before = await repeat(100);
  const after = await repeat(400);

  // One kept body or head of each round would be more than 25 MB.
  expect(after - before).toBeLessThan(4_000_000);
  expect(await countEvents(db)).toBe(0);
});

/** What is still in use after a collection. */
async function heldBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  for (let times = 0; times < 3; times += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
