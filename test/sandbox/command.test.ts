import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { oddpost } from '../../src/providers/oddpost.ts';
import { aManualClock } from '../support/clock.ts';
import { aShipment } from '../support/factories.ts';
import { runCli, startCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/workspace.ts';
import { anOrder, aReceiver, postOrder } from './support.ts';

const WAIT = { timeout: 60_000, interval: 10 };

test('says where it listens, counts, and ends well when it is stopped', async () => {
  const receiver = await aReceiver(() => 503);
  const cli = await startSandboxCli(['--webhook-url', receiver.url.href, '--seed', '1']);
  await postOrder(cli.url, anOrder());
  await postOrder(cli.url, anOrder());
  await vi.waitUntil(() => receiver.deliveries.length > 0, WAIT);

  cli.stop('SIGTERM');
  const result = await cli.ended;

  expect(result.exitCode).toBe(0);
  expect(result.json()).toEqual({
    schema_version: 1,
    received: 2,
    unique: 1,
    replays: 1,
    conflicts: 0,
    events_delivered: 0,
    events_dropped: 3,
  });
  expect(result.stderr).toContain('"message":"sandbox: events dropped, since it stops","events":3');
});

test('answers what is under way before it ends, and takes nothing new', async () => {
  const { sleep, advance } = aManualClock();
  const cli = await startSandboxCli(['--latency', '60000'], {}, ['--json'], sleep);
  const underWay = postOrder(cli.url, anOrder());
  await vi.waitUntil(async () => (await received(cli.url)) === 1, WAIT);

  cli.stop('SIGINT');
  await vi.waitUntil(
    () =>
      received(cli.url).then(
        () => false,
        () => true,
      ),
    WAIT,
  );
  await advance(60_000);
  const [answer, result] = await Promise.all([underWay, cli.ended]);

  expect(answer.status).toBe(201);
  expect(answer.headers.get('connection')).toBe('close');
  expect(result.exitCode).toBe(0);
  expect(result.json()).toMatchObject({ received: 1, unique: 1 });
  await expect(fetch(`${cli.url}/orders`)).rejects.toThrow('fetch failed');
});

test("takes the key and the secret from the provider's configuration", async () => {
  const receiver = await aReceiver();
  const cli = await startSandboxCli(['--webhook-url', receiver.url.href, '--event-delay', '0'], {
    SHIPCTL_FICTIONAL_API_KEY: 'k-1',
    SHIPCTL_FICTIONAL_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_b2xkb2xkb2xkb2xkb2xk',
  });

  const refused = await postOrder(cli.url, anOrder());
  const taken = await postOrder(cli.url, anOrder(), { authorization: 'Bearer k-1' });
  await vi.waitUntil(() => receiver.deliveries.length > 0, WAIT);
  cli.stop('SIGTERM');
  const result = await cli.ended;

  expect([refused.status, taken.status]).toEqual([401, 201]);
  expect(receiver.deliveries[0]?.headers['webhook-signature']).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
  expect(result.exitCode).toBe(0);
  expect(result.stderr).not.toMatch(/k-1|whsec_/);
});

test('plays another provider, with its key and its secret', async () => {
  const receiver = await aReceiver();
  const flags = ['--provider', 'oddpost', '--webhook-url', receiver.url.href, '--event-delay', '0'];
  const cli = await startSandboxCli(flags, {
    SHIPCTL_ODDPOST_API_KEY: 'shop:s3cret',
    SHIPCTL_ODDPOST_WEBHOOK_SECRET: 'correct-horse-battery-staple',
    SHIPCTL_FICTIONAL_API_KEY: 'k-1',
  });
  const body = oddpost.body(aShipment());

  const statuses = [];
  for (const apiKey of ['k-1', 'shop:s3cret']) {
    const { path, ...request } = oddpost.request('co-1', { apiKey });
    statuses.push((await fetch(cli.url + path, { ...request, body })).status);
  }
  await vi.waitUntil(() => receiver.deliveries.length > 0, WAIT);
  cli.stop('SIGTERM');
  const result = await cli.ended;

  expect(statuses).toEqual([401, 200]);
  expect(receiver.deliveries[0]?.headers['x-oddpost-signature']).toMatch(/^[0-9a-f]{64}$/);
  expect(result.json()).toMatchObject({ received: 2, unique: 1, replays: 0, conflicts: 0 });
  expect(result.stderr).not.toMatch(/s3cret|horse/);
});

test('plays no provider that it does not know', async () => {
  const result = await runCli(['sandbox', '--provider', 'nobody'], { cwd: temporaryFolder() });

  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain('Allowed choices are fictional, oddpost.');
});

test('shows its counts as a sentence to people', async () => {
  const cli = await startSandboxCli([], {}, []);
  await postOrder(cli.url, anOrder());

  cli.stop('SIGTERM');
  const result = await cli.ended;

  expect(result.stdout).toBe(
    '1 requests: 1 orders, 0 sent again, 0 in conflict. 0 events delivered, 0 dropped.\n',
  );
});

test('explains that the port is in use', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : undefined;

  const result = await runCli(['sandbox', '--port', String(port)], { cwd: temporaryFolder() });

  expect(result.exitCode).toBe(12);
  expect(result.stderr).toBe(
    `error: Port ${port} on 127.0.0.1 is in use.\n` +
      'hint: Choose another port with --port (0 picks a free one), or stop the program that has this one.\n',
  );
});

test.each(['nowhere', 'ftp://127.0.0.1/', 'http://me:s3cret@127.0.0.1/'])(
  'refuses to send events to %s',
  async (url) => {
    const result = await runCli(['sandbox', '--port', '0', '--webhook-url', url], { cwd: temporaryFolder() });

    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain('--webhook-url must be an http:// or https:// URL');
    expect(result.stderr).not.toContain('s3cret');
  },
);

async function startSandboxCli(
  flags: readonly string[],
  env: Record<string, string> = {},
  output: readonly string[] = ['--json'],
  sleep: Clock['sleep'] = systemClock.sleep,
) {
  const args = ['sandbox', '--port', '0', '--log-format', 'json', ...output, ...flags];
  const cli = startCli(args, { cwd: temporaryFolder(), env, sleep });
  onTestFinished(() => void cli.stop('SIGTERM'));
  await vi.waitUntil(() => cli.stderr().includes('\n'), WAIT);
  const { url } = JSON.parse(cli.stderr().split('\n', 1)[0] ?? '');
  return { ...cli, url: String(url) };
}

async function received(url: string): Promise<number> {
  const answer = await fetch(`${url}/orders`);
  return Object(await answer.json()).received;
}
