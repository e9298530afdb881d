import { expect, test } from 'vitest';
import {
  anEvent,
  aReceiver,
  aShipment,
  connectTo,
  deliver,
  parseAnswer,
  probe,
  readAll,
  SECRET,
  untilReceived,
} from './support.ts';

async function metricsOf(url: string): Promise<string> {
  const response = await probe(`${url}/metrics`);
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  return response.text();
}

test('tells Prometheus what came, what became of it and how long it took', async () => {
  const { url, db } = await aReceiver();
  await aShipment(db);
  await deliver(url, anEvent());
  await deliver(url, anEvent());
  await deliver(url, anEvent({ order_id: 'co-unknown' }));
  await deliver(url, 'nonsense');
  await probe(`${url}/nowhere`);

  const metrics = await metricsOf(url);

  const lines = metrics.split('\n').map((line) => line.replace('shipctl_webhook_', ''));
  expect(lines).toEqual(
    expect.arrayContaining([
      'requests_total{provider="fictional",code="200"} 3',
      'requests_total{provider="fictional",code="400"} 1',
      'requests_total{provider="",code="404"} 1',
      'events_total{provider="fictional",event="in-transit",outcome="stored"} 1',
      'events_total{provider="fictional",event="in-transit",outcome="duplicate"} 1',
      'events_total{provider="fictional",event="in-transit",outcome="unmatched"} 1',
      'refusals_total{reason="not_json"} 1',
      'refusals_total{reason="path"} 1',
      'request_duration_seconds_count{provider="fictional"} 4',
      'batch_deliveries_sum 3',
      'waiting_deliveries 0',
      'unmatched_events 0',
      // From 2026-05-28 13:18:45 to noon of the next day.
      `event_lag_seconds_sum{provider="fictional"} ${2 * 81_675}`,
    ]),
  );
  expect(metrics).not.toContain('co-unknown');
});

test('tells health and metrics on a port of their own, and no more on the other', async () => {
  const { url, adminUrl } = await aReceiver({ adminPort: 0 });
  const paths = ['/livez', '/readyz', '/metrics'];

  const there = await Promise.all(paths.map(async (path) => (await probe(adminUrl + path)).status));
  const here = await Promise.all(paths.map(async (path) => (await probe(url + path)).status));
  const delivered = await deliver(adminUrl, anEvent());

  expect(adminUrl).not.toBe(url);
  expect(there).toEqual([200, 200, 200]);
  expect(here).toEqual([404, 404, 404]);
  expect(delivered.status).toBe(404);
});

test('is alive but not ready while it finishes what is under way', async () => {
  const { url, adminUrl, close } = await aReceiver({ adminPort: 0 });
  const socket = await connectTo(url);
  const answer = readAll(socket);
  const body = anEvent();
  const head = `POST /webhooks/fictional HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head);
  for (let times = 0; times < 3; times += 1) await probe(`${adminUrl}/livez`);

  const closing = close();
  const [alive, ready] = [await probe(`${adminUrl}/livez`), await probe(`${adminUrl}/readyz`)];
  socket.write(body);
  await closing;

  expect([alive.status, ready.status]).toEqual([200, 503]);
  expect(await answer).toContain('"status":"stored"');
});

test('answers 503 to the oldest body under way when all of them hold too much memory', async () => {
  const { url } = await aReceiver({ limits: { bytes: 1_000 } });
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write(
    `POST /webhooks/fictional HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n${' '.repeat(950)}`,
  );
  await untilReceived(url);

  const taken = await deliver(url, anEvent());
  const refused = parseAnswer(await reading);

  expect(taken.status).toBe(200);
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('1');
});

test('shows no secret in what it tells', async () => {
  const { url, lines } = await aReceiver({ env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } });
  await deliver(url, anEvent());

  const metrics = await metricsOf(url);

  expect(metrics + lines.join('')).not.toContain(SECRET.slice(6));
});
