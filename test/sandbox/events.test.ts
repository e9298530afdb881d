import { createHmac } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '../../src/log.ts';
import { startEvents } from '../../src/sandbox/events.ts';
import { parcelLife } from '../../src/sandbox/parcel-life.ts';
import { fictional } from '../../src/sandbox/roles/fictional.ts';
import { clockShowing } from '../support/clock.ts';
import { anOrder, aReceiver, aSandbox, postOrder } from './support.ts';

const NOW = Date.parse('2026-05-24T09:10:00.400Z');
const WAIT = { timeout: 60_000, interval: 10 };

test("tells a parcel's life in order, a second apart at least", async () => {
  const receiver = await aReceiver();
  const { url, events } = await aSandbox({
    webhookUrl: receiver.url,
    clock: clockShowing(() => NOW),
    seed: 1,
  });

  await postOrder(url, anOrder());
  await vi.waitUntil(() => events().delivered === 3, WAIT);

  expect(receiver.deliveries.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    [
      '/webhooks/fictional',
      { order_id: 'co-1', event_name: 'waiting-for-collection', event_time: '2026-05-24 09:10:00' },
    ],
    [
      '/webhooks/fictional',
      { order_id: 'co-1', event_name: 'in-transit', event_time: '2026-05-24 09:10:01' },
    ],
    ['/webhooks/fictional', { order_id: 'co-1', event_name: 'delivered', event_time: '2026-05-24 09:10:02' }],
  ]);
  expect(receiver.deliveries[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  expect(receiver.deliveries[0]?.headers).not.toHaveProperty('webhook-signature');
});

test('lets some parcels fail before they are delivered, the same ones for the same seed', async () => {
  const receiver = await aReceiver();
  const { url, events } = await aSandbox({ webhookUrl: receiver.url, seed: 5 });
  const ids = Array.from({ length: 40 }, (_, index) => `co-${index}`);

  for (const id of ids) await postOrder(url, anOrder({ order_id: id }));
  const expected = new Map(ids.map((id) => [id, parcelLife(fictional.lives, id, 5)]));
  const total = [...expected.values()].flat().length;
  await vi.waitUntil(() => events().delivered === total, WAIT);

  const told = new Map(ids.map((id) => [id, [] as string[]]));
  for (const { body } of receiver.deliveries) {
    const { order_id, event_name } = JSON.parse(body);
    told.get(order_id)?.push(event_name);
  }
  expect(told).toEqual(expected);
  expect([...told.values()].filter((names) => names.includes('failed-to-deliver')).length).toBeGreaterThan(0);
});

test('tells of an order once, however often it is sent', async () => {
  const receiver = await aReceiver();
  const { url, events } = await aSandbox({ webhookUrl: receiver.url, seed: 1 });

  await postOrder(url, anOrder());
  await postOrder(url, anOrder());
  await postOrder(url, anOrder({ delivery_service: 'express' }));
  await postOrder(url, anOrder({ order_id: 'co-3' }));
  await vi.waitUntil(() => events().delivered === 6, WAIT);

  expect(receiver.deliveries.length).toBe(6);
});

test('waits between the events of a parcel, not between parcels', async () => {
  const at: number[] = [];
  const receiver = await aReceiver(() => {
    at.push(performance.now());
    return 200;
  });
  const { url, events } = await aSandbox({ webhookUrl: receiver.url, eventDelayMs: 150, seed: 1 });

  await Promise.all(['co-1', 'co-3'].map((id) => postOrder(url, anOrder({ order_id: id }))));
  await vi.waitUntil(() => events().delivered === 6, WAIT);

  const names = receiver.deliveries.map(({ body }) => JSON.parse(body).event_name);
  expect(names).toEqual([
    'waiting-for-collection',
    'waiting-for-collection',
    'in-transit',
    'in-transit',
    'delivered',
    'delivered',
  ]);
  expect((at[4] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(295);
});

test('sends the same event again after a 503, and the next one only then', async () => {
  const receiver = await aReceiver((delivery) => (delivery <= 2 ? 503 : 204));
  const { url, events, lines } = await aSandbox({ webhookUrl: receiver.url, seed: 1 });

  await postOrder(url, anOrder());
  await vi.waitUntil(() => events().delivered === 3, WAIT);

  const [first, second, third, fourth] = receiver.deliveries;
  expect(receiver.deliveries.map(({ status }) => status)).toEqual([503, 503, 204, 204, 204]);
  expect([second?.body, third?.body]).toEqual([first?.body, first?.body]);
  expect(JSON.parse(fourth?.body ?? '').event_name).toBe('in-transit');
  expect(events()).toEqual({ delivered: 3, dropped: 0 });
  expect(lines).toEqual([
    expect.stringMatching(/^warn: sandbox: events do not arrive and are tried again .*reason="HTTP 503"\n$/),
  ]);
});

test('signs every try as Standard Webhooks has it, under the id of the event', async () => {
  const receiver = await aReceiver((delivery) => (delivery === 1 ? 503 : 200));
  const webhookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const { url, events } = await aSandbox({
    webhookUrl: receiver.url,
    webhookSecret,
    clock: clockShowing(() => NOW),
    seed: 1,
  });

  await postOrder(url, anOrder());
  await vi.waitUntil(() => events().delivered === 3, WAIT);

  const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  for (const { headers, body } of receiver.deliveries) {
    const content = `${headers['webhook-id']}.1779613800.${body}`;
    expect(headers['webhook-timestamp']).toBe('1779613800');
    expect(headers['webhook-signature']).toBe(
      `v1,${createHmac('sha256', key).update(content).digest('base64')}`,
    );
  }
  const ids = receiver.deliveries.map(({ headers }) => headers['webhook-id']);
  expect(ids[1]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
});

test('delivers the events of an order whose answer was dropped', async () => {
  const receiver = await aReceiver();
  const { url, events } = await aSandbox({ webhookUrl: receiver.url, dropRate: 1, seed: 1 });

  await expect(postOrder(url, anOrder())).rejects.toThrow('fetch failed');
  await vi.waitUntil(() => events().delivered === 3, WAIT);

  expect(receiver.deliveries.length).toBe(3);
});

test('drops what is left of every life when it closes, and says how much', async () => {
  const receiver = await aReceiver();
  const sandbox = await aSandbox({ webhookUrl: receiver.url, eventDelayMs: 60_000, seed: 1 });
  await postOrder(sandbox.url, anOrder());
  await postOrder(sandbox.url, anOrder({ order_id: 'co-3' }));
  await vi.waitUntil(() => sandbox.events().delivered === 2, WAIT);

  await sandbox.close();

  expect(sandbox.events()).toEqual({ delivered: 2, dropped: 4 });
  expect(sandbox.lines).toEqual(['warn: sandbox: events dropped, since it stops events=4\n']);
});

test('drops an event after ten tries and goes on with the next', async () => {
  const receiver = await aReceiver((delivery) => (delivery <= 10 ? 500 : 200));
  const lines: string[] = [];
  const clock = clockShowing(() => NOW);
  const log = createLog({ write: (line) => lines.push(line), format: 'text', from: 'warn', clock });
  const settings = {
    role: fictional,
    url: receiver.url,
    delayMs: 0,
    firstPauseMs: 1,
    seed: 1,
    sign: undefined,
  };
  const events = startEvents(settings, { clock, log });
  onTestFinished(() => events.close());

  events.begin('co-1', 'co-1');
  await vi.waitUntil(() => events.counts().delivered === 2, WAIT);

  expect(events.counts()).toEqual({ delivered: 2, dropped: 1 });
  const names = receiver.deliveries.map(({ body }) => JSON.parse(body).event_name);
  expect(names).toEqual([...Array(10).fill('waiting-for-collection'), 'in-transit', 'delivered']);
  expect(lines[1]).toBe(
    'warn: sandbox: event dropped order_id=co-1 event_name=waiting-for-collection tries=10 reason="HTTP 500"\n',
  );
});

test('tries again where nothing listens', async () => {
  const { url, lines } = await aSandbox({ webhookUrl: new URL('http://127.0.0.1:1/'), seed: 1 });

  await postOrder(url, anOrder());
  await vi.waitUntil(() => lines.length > 0, WAIT);

  expect(lines[0]).toContain('url=http://127.0.0.1:1/ reason=ECONNREFUSED');
});
