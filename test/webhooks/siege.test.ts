import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { oddpost } from '../../src/providers/oddpost.ts';
import { planSources } from '../../src/webhooks/sources.ts';
import {
  anEvent,
  aReceiver,
  connectTo,
  deliver,
  lockDatabase,
  probe,
  readAll,
  SECRET,
  settingsOf,
  signature,
  untilReceived,
} from './support.ts';

const SIGNED = { env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };

test('whoever sends a body that never ends gives way to others', async () => {
  const { url } = await aReceiver({ ...SIGNED, limits: { bytes: 10_000 } });
  const claim = Object.entries(signature('', {})).map(([name, value]) => `${name}: ${value}`);
  const head = [
    'POST /webhooks/fictional HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    'Content-Length: 60000',
    ...claim,
  ].join('\r\n');
  for (let stallers = 0; stallers < 5; stallers += 1) {
    (await connectTo(url)).write(`${head}\r\n\r\n${' '.repeat(5_000)}`);
    await untilReceived(url);
  }

  const answer = await deliver(url, anEvent(), signature(anEvent()));

  expect(answer.status).toBe(200);
});

test('does not read the body of a claim that is too old', async () => {
  const { url, lines } = await aReceiver(SIGNED);
  const socket = await connectTo(url);
  const reading = readAll(socket);
  const claim = Object.entries(signature('', { atMs: 0 })).map(([name, value]) => `${name}: ${value}`);

  socket.write(
    `${['POST /webhooks/fictional HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', 'Content-Length: 60000', 'Connection: close', ...claim].join('\r\n')}\r\n\r\n`,
  );

  expect(await reading).toContain('HTTP/1.1 401 Unauthorized');
  expect(lines.join('')).toContain('reason=timestamp_too_far');
});

test('takes 64 requests at a time on one connection, and ends one that sends more', async () => {
  const { url, lines } = await aReceiver();
  const socket = await connectTo(url);
  const reading = readAll(socket);

  socket.write('GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
  const answers = (await reading).match(/HTTP\/1\.1 \d+/g) ?? [];

  expect(answers.filter((answer) => answer === 'HTTP/1.1 200')).toHaveLength(64);
  expect(answers.at(-1)).toBe('HTTP/1.1 503');
  expect(lines.join('')).toContain('reason=overloaded_pipelined');
});

test.each(['deleted', 'replaced', 'out of reach'])(
  'says no more 200 once its database is %s',
  async (how) => {
    const { url, path, lost, lines } = await aReceiver();
    const before = await deliver(url, anEvent());
    if (how === 'replaced') renameSync((await aReceiver()).path, path);
    else rmSync(path);
    if (how === 'out of reach') symlinkSync(path, path);

    const after = await deliver(url, anEvent({ order_id: 'co-2' }));
    const ready = await probe(`${url}/readyz`);

    expect([before.status, after.status, ready.status]).toEqual([200, 503, 503]);
    expect(lost.aborted).toBe(true);
    expect(lines.join('')).toContain('deleted or replaced while it was in use');
  },
);

test('lets nobody wait who would fail for the same reason', async () => {
  const { url, path } = await aReceiver({ lockWaitMs: 3_000 });
  const other = lockDatabase(path);

  const answering = Array.from({ length: 30 }, (_, number) =>
    deliver(url, anEvent({ order_id: `co-${number}` })),
  );
  await Promise.race(answering);
  // Whoever still waited now would get to store its event.
  other.release();
  const answers = await Promise.all(answering);

  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
});

test('logs neither a query nor what stands before a path', async () => {
  const { url, lines } = await aReceiver();
  await probe(`${url}/webhooks/fictional?token=SESAME`);
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write('GET http://user:SESAME@host/livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  await reading;

  expect(lines.join('')).toContain('path=/webhooks/fictional');
  expect(lines.join('')).not.toContain('SESAME');
});

test('says where from what is no HTTP came', async () => {
  const { url, lines } = await aReceiver();
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write('nonsense\r\n\r\n');
  await reading;

  await vi.waitFor(() => expect(lines.join('')).toContain('reason=not_http'), { timeout: 60_000 });
  expect(lines.join('')).toContain('peer=127.0.0.1');
  expect(await (await probe(`${url}/metrics`)).text()).toContain('requests_total{provider="",code="400"} 1');
});

test('leaves providers without a secret out where others could send events too', () => {
  const providers = new Map([fictional, oddpost].map((provider) => [provider.name, provider]));
  const lines: string[] = [];
  const plan = (env: Record<string, string>) =>
    planSources(providers, settingsOf(env, [fictional, oddpost]), {
      host: '0.0.0.0',
      clock: systemClock,
      log: { debug() {}, info() {}, warn: (line) => lines.push(line), error() {} },
    });

  const sources = plan(SIGNED.env);

  expect([...sources.keys()]).toEqual(['fictional']);
  expect(lines).toEqual(['without a secret no events are taken here']);
  expect(() => plan({})).toThrow('Webhook secrets are missing or malformed.');
});

test('does not share one port under two names', async () => {
  const { url } = await aReceiver();
  const port = Number(new URL(url).port);

  await expect(aReceiver({ port, adminPort: port })).rejects.toMatchObject({
    code: 'configuration',
    message: 'Webhooks and administration can not share one port under two names.',
  });
});
