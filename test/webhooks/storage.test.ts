import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { standardWebhooks } from '../../src/providers/signature/standard-webhooks.ts';
import {
  anEvent,
  aReceiver,
  connectTo,
  countEvents,
  deliver,
  lockDatabase,
  probe,
  untilReceived,
} from './support.ts';

test('waits for a lock, and stores when it is gone', async () => {
  const { url, path } = await aReceiver();
  const held = lockDatabase(path);

  const answering = deliver(url, anEvent());
  await untilReceived(url);
  held.release();

  expect(await answering).toMatchObject({ status: 200, body: { status: 'stored' } });
});

test('answers 503 while the database is locked for long, and stores again afterwards', async () => {
  const { url, db, path, lines } = await aReceiver({ lockWaitMs: 200 });
  const held = lockDatabase(path);

  const answers = await Promise.all([deliver(url, anEvent()), deliver(url, anEvent({ order_id: 'co-2' }))]);
  const ready = await probe(`${url}/readyz`);
  held.release();

  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { title: 'Service Unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('10');
  }
  expect(ready.status).toBe(503);
  expect(await countEvents(db)).toBe(0);
  expect(lines.filter((line) => line.includes('database is locked'))).toHaveLength(1);
  expect(await deliver(url, anEvent())).toMatchObject({ status: 200 });
});

test('answers 503 while the disk is full, with one line in the log, and is ready again by itself', async () => {
  const { url, db, clock, lines } = await aReceiver();
  const big = (order_id: string) => anEvent({ order_id, filler: 'x'.repeat(60_000) });
  const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db);
  await sql.raw(`pragma max_page_count = ${rows[0]?.page_count}`).execute(db);

  const first = await deliver(url, big('co-1'));
  const second = await deliver(url, big('co-2'));
  const saidBefore = lines.filter((line) => line.includes('status=503')).length;
  clock.nowMs += 61_000;
  const third = await deliver(url, big('co-3'));
  await sql.raw('pragma max_page_count = 1000000').execute(db);
  const fourth = await deliver(url, big('co-1'));

  expect([first.status, second.status, third.status, fourth.status]).toEqual([503, 503, 503, 200]);
  expect(first.headers.get('retry-after')).toBe('10');
  expect(saidBefore).toBe(1);
  expect(lines.filter((line) => line.includes('status=503'))).toHaveLength(2);
  expect(await countEvents(db)).toBe(1);
});

test('is not ready while the database can not be written, but alive', async () => {
  const { url, db, clock } = await aReceiver();
  await sql`pragma query_only = 1`.execute(db);

  const ready = await probe(`${url}/readyz`);
  const live = await probe(`${url}/livez`);
  const delivery = await deliver(url, anEvent());
  await sql`pragma query_only = 0`.execute(db);
  clock.nowMs += 1000;
  const later = await probe(`${url}/readyz`);

  expect([ready.status, live.status, delivery.status, later.status]).toEqual([503, 200, 503, 200]);
  expect(await db.selectFrom('provider_pauses').selectAll().execute()).toEqual([]);
});

test('stores the neighbours of an event that can not be stored', async () => {
  const broken: Provider = {
    ...fictional,
    name: 'broken',
    webhook: {
      tracks: 'shipment-id',
      signature: standardWebhooks,
      read: () => ({
        kind: 'events',
        events: [
          { reference: '', code: 'delivered', eventName: 'delivered', eventTimeMs: 1, timePointer: '' },
        ],
      }),
    },
  };
  const { url, db, path } = await aReceiver({ providers: [fictional, broken] });
  const held = lockDatabase(path);

  const answering = Promise.all([
    deliver(url, anEvent({ order_id: 'co-1' })),
    deliver(url, '{}', {}, 'broken'),
    deliver(url, anEvent({ order_id: 'co-2' })),
  ]);
  await untilReceived(url);
  held.release();
  const answers = await answering;

  expect(answers.map(({ status }) => status)).toEqual([200, 500, 200]);
  expect(await countEvents(db)).toBe(2);
});

test('answers 503 when more is waiting than may wait', async () => {
  const { url, db, path } = await aReceiver({ limits: { waiting: 3 } });
  const held = lockDatabase(path);

  const answering = Array.from({ length: 30 }, (_, index) =>
    deliver(url, anEvent({ order_id: `co-${index}` })),
  );
  // While the lock is held, nobody is answered but who may not wait for it.
  await Promise.race(answering);
  held.release();
  const answers = await Promise.all(answering);

  const stored = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status === 503);
  expect(stored.length + refused.length).toBe(30);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect(await countEvents(db)).toBe(stored.length);
});

test('stores an event although its sender does not wait for the answer', async () => {
  const { url, db, path, close } = await aReceiver();
  const held = lockDatabase(path);
  const socket = await connectTo(url);
  const body = anEvent();

  socket.write(
    `POST /webhooks/fictional HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await untilReceived(url);
  socket.destroy();
  const closing = close();
  held.release();

  expect(await closing).toMatchObject({ stored: 1 });
  expect(await countEvents(db)).toBe(1);
});
