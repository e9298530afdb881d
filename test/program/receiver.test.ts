import { renameSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { runProgram, startServer } from '../support/program.ts';
import { compareWithStore, createLoad, signedRequest } from '../support/webhook-load.js';
import { temporaryFolder } from '../support/workspace.ts';
import {
  anEvent,
  connectTo,
  deliver,
  parseAnswer,
  readAll,
  SECRET,
  signature,
  untilReceived,
} from '../webhooks/support.ts';

const FAULTLESS = { lost: [], doubled: [], neverSent: [], wronglyAnswered: [] };

test('has every event that it answered with 200, once, however often it is killed under load', async () => {
  const { serve, databasePath } = await aReceiverProgram();
  const load = createLoad({ secret: SECRET, connections: 128 });

  for (const answersBeforeKill of [300, 700, 1_100]) {
    const { child, ended, url } = await serve();
    await load.run(url, ({ answers }) => {
      if (answers === answersBeforeKill) child.kill('SIGKILL');
    });
    await ended;
  }
  await serve();
  const comparison = compareWithStore(databasePath, load.deliveries);

  expect(comparison).toMatchObject(FAULTLESS);
  expect(comparison.answered).toBeGreaterThanOrEqual(2_100);
});

test('answers every request that it has begun to take when it is stopped under load, and resets none', async () => {
  const { serve, databasePath } = await aReceiverProgram();
  const load = createLoad({ secret: SECRET, connections: 128 });

  // The first time most connections are still to be accepted.
  for (const answersBeforeStop of [1, 700, 1_100]) {
    const { child, ended, url } = await serve();
    let stopped = false;
    const endings = await load.run(url, ({ answers }) => {
      if (answers >= answersBeforeStop && !stopped) stopped = child.kill('SIGTERM');
    });

    expect(new Set(endings)).toEqual(new Set(['closed']));
    expect(await ended).toMatchObject({ exitCode: 0 });
  }
  await serve();
  const comparison = compareWithStore(databasePath, load.deliveries);

  expect(comparison).toMatchObject(FAULTLESS);
  expect(comparison.stored).toBe(comparison.answered);
});

test.each([
  ['SIGTERM', 'SIGTERM', 'while it finishes'],
  ['SIGINT', 'SIGTERM', 'while it finishes'],
  ['SIGINT', 'SIGTERM', 'at the same time'],
] as const)(
  'ends at once by %s and %s, sent %s, and loses nothing that it answered with 200',
  async (first, second, when) => {
    const { serve, databasePath } = await aReceiverProgram();
    const load = createLoad({ secret: SECRET, connections: 128 });
    const { child, ended, url } = await serve();
    // Without it the receiver might end by itself before the second signal.
    const half = readAll(await halfAnEvent(url));

    let signalled = false;
    await load.run(url, ({ answers, closes }) => {
      if (answers === 500) child.kill(first);
      const isTime = when === 'at the same time' ? answers === 500 : closes;
      if (isTime && !signalled) signalled = child.kill(second);
    });
    const { exitCode } = await ended;
    await serve();

    expect(exitCode).toBeNull();
    // Whoever waits for the receiver to finish gets an answer.
    expect(await half).toBe('');
    expect(compareWithStore(databasePath, load.deliveries)).toMatchObject(FAULTLESS);
  },
);

test('tells whoever has sent half an event when it is stopped to send it again', async () => {
  const { serve } = await aReceiverProgram();
  const { child, ended, url } = await serve();
  const socket = await halfAnEvent(url);
  const reading = readAll(socket);

  child.kill('SIGTERM');
  const answer = parseAnswer(await reading);
  const { exitCode } = await ended;

  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(exitCode).toBe(0);
});

test('ends when its database is replaced, and leaves no log beside the other one', async () => {
  const { serve, databasePath } = await aReceiverProgram();
  const other = await aReceiverProgram();
  const { ended, url } = await serve();
  const body = anEvent();
  const stored = await deliver(url, body, signature(body, { atMs: Date.now() }));
  renameSync(databasePath, `${databasePath}.old`);
  renameSync(other.databasePath, databasePath);

  const refused = await fetch(`${url}/readyz`);
  const { exitCode, stderr } = await ended;
  const check = (path: string) => {
    const database = new BetterSqlite3(path);
    const integrity = database.pragma('integrity_check', { simple: true });
    const events = database.prepare('select count(*) from tracking_events').pluck().get();
    database.close();
    return { integrity, events };
  };

  expect([stored.status, refused.status, exitCode]).toEqual([200, 503, 10]);
  expect(stderr).toContain('was deleted or replaced while it was in use');
  expect(check(databasePath)).toEqual({ integrity: 'ok', events: 0 });
  expect(check(`${databasePath}.old`)).toEqual({ integrity: 'ok', events: 1 });
});

/** A folder with a database; `serve` starts the receiver on it. */
async function aReceiverProgram() {
  const cwd = temporaryFolder();
  const env = { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET };
  expect(await runProgram(['migrate'], { cwd })).toMatchObject({ exitCode: 0 });
  const serve = () => startServer(['serve-webhooks', '--port', '0'], { cwd, env });
  return { serve, databasePath: join(cwd, 'shipctl.db') };
}

/** A connection on which the receiver has begun to take a request whose body does not come to its end. */
async function halfAnEvent(url: string) {
  const socket = await connectTo(url);
  const body = '{"order_id":"co-1","event_name":"in-transit","event_time":"2023-05-19 13:18:45"}';
  socket.write(signedRequest({ id: 'half', body }, SECRET).slice(0, -20));
  await untilReceived(url);
  return socket;
}
