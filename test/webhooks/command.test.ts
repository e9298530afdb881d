import { createServer } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCli, startCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/workspace.ts';
import { anEvent, deliver, SECRET } from './support.ts';

const WAIT = { timeout: 60_000, interval: 5 };

async function aWorkspace(): Promise<string> {
  const cwd = temporaryFolder();
  await runCli(['migrate'], { cwd });
  return cwd;
}

/** Where the receiver says that it listens. */
function addressIn(stderr: string): string | undefined {
  return /listening at (http:\S+)/.exec(stderr)?.[1];
}

test.each(['SIGTERM', 'SIGINT'] as const)(
  'receives until %s, and ends with 0 and a summary',
  async (signal) => {
    const cwd = await aWorkspace();
    const command = startCli(['serve-webhooks', '--port', '0'], { cwd });
    const url = await vi.waitUntil(() => addressIn(command.stderr()), WAIT);

    const answer = await deliver(url, anEvent());
    command.stop(signal);
    const { exitCode, stdout, stderr } = await command.ended;

    expect(answer.body).toEqual({ status: 'stored', matched: false });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'Events stored: 1 (of shipments not known here: 1), received again: 0. Requests refused: 0.\n',
    );
    expect(stderr).toContain(`info: serve-webhooks: listening at ${url} url=${url}\n`);
  },
);

test('logs its address as JSON, and its summary is one JSON document', async () => {
  const cwd = await aWorkspace();
  const command = startCli(['serve-webhooks', '--port', '0', '--json', '--log-format', 'json'], { cwd });
  await vi.waitUntil(() => addressIn(command.stderr()), WAIT);
  command.stop('SIGTERM');

  const result = await command.ended;

  const entries = result.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries).toContainEqual(
    expect.objectContaining({ level: 'info', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) }),
  );
  expect(result.json()).toEqual({ schema_version: 1, stored: 0, unmatched: 0, duplicates: 0, refused: 0 });
});

test('refuses to listen to others without a secret', async () => {
  const cwd = await aWorkspace();

  const result = await runCli(['serve-webhooks', '--host', '0.0.0.0', '--port', '0'], { cwd });

  expect(result.exitCode).toBe(12);
  expect(result.stderr).toContain(
    'SHIPCTL_FICTIONAL_WEBHOOK_SECRET: must be set to listen on 0.0.0.0, where others could send events too',
  );
});

test('refuses a weak secret without showing it', async () => {
  const cwd = await aWorkspace();
  const env = { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: 'whsec_c2hvcnQ=' };

  const result = await runCli(['serve-webhooks', '--port', '0'], { cwd, env });

  expect(result.exitCode).toBe(12);
  expect(result.stderr).toContain('SHIPCTL_FICTIONAL_WEBHOOK_SECRET: must hold at least 24 bytes');
  expect(result.stderr).not.toContain('c2hvcnQ');
});

test('says what to do about a port that is in use', async () => {
  const cwd = await aWorkspace();
  const other = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void other.close());
  const port = await vi.waitUntil(() => {
    const address = other.address();
    return typeof address === 'object' ? address?.port : undefined;
  }, WAIT);

  const result = await runCli(['serve-webhooks'], {
    cwd,
    env: { SHIPCTL_PORT: String(port), SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET },
  });

  expect(result.exitCode).toBe(12);
  expect(result.stderr).toContain(`error: Port ${port} of 127.0.0.1 is in use by another program.`);
  expect(result.stderr).toContain('SHIPCTL_PORT');
});

test('does not create a database', async () => {
  const cwd = temporaryFolder();

  const result = await runCli(['serve-webhooks', '--port', '0'], { cwd });

  expect(result.exitCode).toBe(10);
  expect(result.stderr).toContain(`There is no database at`);
});
