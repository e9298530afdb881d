import { once } from 'node:events';
import { expect, test, vi } from 'vitest';
import { aManualClock } from '../support/clock.ts';
import {
  anEvent,
  aReceiver,
  connectTo,
  countEvents,
  parseAnswer,
  probe,
  readAll,
  untilReceived,
} from './support.ts';

const HEAD = `POST /webhooks/fictional HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${anEvent().length}\r\n\r\n`;

test('finishes the request under way before it is closed, and ends its connection', async () => {
  const { url, db, close } = await aReceiver({ lastAcceptMs: 250 });
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write(HEAD + anEvent().slice(0, 10));
  await untilReceived(url);

  const closing = close();
  socket.write(anEvent().slice(10));
  const answer = parseAnswer(await reading);
  const counts = await closing;

  expect(answer).toMatchObject({ status: 200, body: { status: 'stored' } });
  expect(answer.headers.get('connection')).toBe('close');
  expect(await countEvents(db)).toBe(1);
  expect(counts).toMatchObject({ stored: 1 });
});

test('refuses a new request on a connection that is still open', async () => {
  const { url, db, close } = await aReceiver({ lastAcceptMs: 250 });
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write(HEAD + anEvent().slice(0, 10));
  await untilReceived(url);

  const closing = close();
  socket.write(`${anEvent().slice(10)}${HEAD}${anEvent({ order_id: 'co-2' })}`);
  const text = await reading;
  await closing;

  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 503']);
  expect(await countEvents(db)).toBe(1);
});

test('answers a request that was on its way when it began to close', async () => {
  const { url, db, close } = await aReceiver({ lastAcceptMs: 250 });
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(socket, 'data');

  const closing = close();
  socket.write(HEAD + anEvent());
  const text = await reading;
  await closing;

  const late = parseAnswer(text.slice(text.lastIndexOf('HTTP/1.1')));
  expect(late).toMatchObject({ status: 503, body: { detail: 'The receiver is shutting down.' } });
  expect(late.headers.get('connection')).toBe('close');
  expect(late.headers.get('retry-after')).toBe('5');
  expect(await countEvents(db)).toBe(0);
});

test('answers every connection that waits to be accepted when it is closed', async () => {
  const { url, close } = await aReceiver({ lastAcceptMs: 0 });
  const sockets = await Promise.all(Array.from({ length: 100 }, () => connectTo(url)));
  const reading = sockets.map(readAll);
  for (const socket of sockets) socket.write(HEAD + anEvent());

  await close();
  const statuses = (await Promise.all(reading)).map((text) => parseAnswer(text).status);

  expect(statuses).toEqual(Array(100).fill(503));
});

test('is closed soon when nothing is under way', async () => {
  const { after, sleep, advance } = aManualClock();
  const { url, close } = await aReceiver({ lastAcceptMs: 250, timers: { after, sleep } });
  const idle = await connectTo(url);
  const used = await connectTo(url);
  const ended = [readAll(idle), readAll(used)];
  used.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(used, 'data');

  const closing = close();
  await advance(250);
  await vi.waitUntil(
    () =>
      probe(`${url}/livez`).then(
        () => false,
        () => true,
      ),
    { timeout: 60_000 },
  );
  await advance(1_000);
  await closing;
  await Promise.all(ended);

  await expect(probe(`${url}/livez`)).rejects.toThrow();
});
