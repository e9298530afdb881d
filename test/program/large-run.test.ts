import { execFile } from 'node:child_process';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { HttpResponse, http } from 'msw';
import { expect, onTestFinished, test } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { readLedger, until } from '../support/ledger.ts';
import { PROGRAM, runProgram, startProgram, startServer } from '../support/program.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryFolder } from '../support/workspace.ts';

// With so many the database is asked in a thread of its own.
const MANY = 2_500;

test('gives back what it was still claiming when it was stopped', async () => {
  const cwd = temporaryFolder();
  await runProgram(['seed', '--generate', String(MANY), '--interval', 'weekly'], { cwd });
  const sandbox = await startServer(['sandbox', '--port', '0', '--latency', '20'], { cwd });
  const other = new BetterSqlite3(join(cwd, 'shipctl.db'));
  onTestFinished(() => void other.close());

  const run = startProgram(['ship-due', '--json'], { cwd, env: { SHIPCTL_FICTIONAL_URL: sandbox.url } });
  await until(async () => (await readLedger(sandbox.url)).unique >= 300);
  other.exec('begin immediate');
  // It waits for the lock to record what was sent and to claim what comes next: longer already than once it is stopped.
  await sleep(7_000);
  run.child.kill('SIGTERM');
  await sleep(2_500);
  other.exec('rollback');
  const stopped = await run.ended;

  expect(stopped.exitCode).toBe(143);
  const { unique } = await readLedger(sandbox.url);
  expect(stopped.json()).toMatchObject({ counts: { accepted: unique } });
  const { shipments } = (await runProgram(['status', '--json'], { cwd })).json();
  expect(shipments).toMatchObject({ sending: 0, sent: unique });
});

test('ships by a provider from outside', async () => {
  const cwd = aFolderWithProvider('');
  const orders = Array.from({ length: MANY }, (_, index) =>
    anOrder({ order_id: `co-${index}`, provider: 'plain' }),
  );
  writeFileSync(join(cwd, 'orders.json'), JSON.stringify(orders));
  const sandbox = await startServer(['sandbox', '--port', '0'], { cwd });
  const env = { SHIPCTL_PROVIDERS: './plain.mjs', SHIPCTL_PLAIN_URL: sandbox.url };
  const seeded = await runProgram(['seed', 'orders.json'], { cwd, env });

  const run = await runProgram(['ship-due', '--json'], { cwd, env });

  expect([seeded, run]).toMatchObject([{ exitCode: 0 }, { exitCode: 0, stderr: '' }]);
  expect(run.json().counts).toMatchObject({ due: MANY, accepted: MANY });
  expect(await readLedger(sandbox.url)).toMatchObject({ unique: MANY });
});

test.each([
  [
    'throws',
    "throw new Error('one of me is enough')",
    "./plain.mjs, loaded a second time: can't be loaded: one of me is enough",
  ],
  ['ends', 'process.exit()', 'The thread that asks the database has died: it ended by itself'],
  [
    'waits for ever',
    'setInterval(() => {}, 1_000); await new Promise(() => {})',
    'it did not begin within 5 s',
  ],
])('goes on in one thread where the second can not begin: a module %s', async (_what, code, why) => {
  const cwd = aFolderWithProvider(
    `import { isMainThread } from 'node:worker_threads'; if (!isMainThread) { ${code}; }`,
  );
  await runProgram(['seed', '--generate', String(MANY), '--interval', 'weekly'], { cwd });
  const sandbox = await startServer(['sandbox', '--port', '0'], { cwd });
  const env = { SHIPCTL_PROVIDERS: './plain.mjs', SHIPCTL_FICTIONAL_URL: sandbox.url };

  const run = await runProgram(['ship-due', '--json', '--log-format', 'json'], { cwd, env });

  expect(run.exitCode).toBe(0);
  expect(JSON.parse(run.stderr)).toMatchObject({
    level: 'warn',
    message: 'the run goes on without a thread for the database',
    error: expect.stringContaining(why),
  });
  expect(run.json().counts).toMatchObject({ due: MANY, accepted: MANY });
});

test('says that the thread has died, and leaves the rest to the next run', async () => {
  const cwd = aFolderWithProvider(
    `import { existsSync } from 'node:fs';
    import { isMainThread } from 'node:worker_threads';
    const die = () => { throw new Error('too tired'); };
    if (!isMainThread) setInterval(() => existsSync('late') && die(), 10);`,
  );
  await runProgram(['seed', '--generate', String(MANY), '--interval', 'weekly'], { cwd });
  const sandbox = await startServer(['sandbox', '--port', '0', '--latency', '20'], { cwd });
  const env = {
    SHIPCTL_PROVIDERS: './plain.mjs',
    SHIPCTL_FICTIONAL_URL: sandbox.url,
    SHIPCTL_FICTIONAL_TIMEOUT_MS: '500',
  };

  const running = startProgram(['ship-due', '--json'], { cwd, env });
  await until(async () => (await readLedger(sandbox.url)).unique >= 100);
  writeFileSync(join(cwd, 'late'), '');
  const run = await running.ended;
  const next = await runProgram(['ship-due', '--json', '--limit', '1999'], { cwd, env });
  const last = await runProgram(['ship-due', '--json', '--limit', '1999'], { cwd, env });

  expect(run).toMatchObject({ exitCode: 1 });
  expect(JSON.parse(run.stderr).error.message).toBe('The thread that asks the database has died: too tired');
  expect([next.exitCode, last.exitCode]).toEqual([0, 0]);
  expect(await readLedger(sandbox.url)).toMatchObject({ unique: MANY, conflicts: 0 });
  const { shipments } = (await runProgram(['status', '--json'], { cwd })).json();
  expect(shipments).toMatchObject({ sent: MANY, pending: 0, sending: 0 });
});

test('ends although a provider from outside would keep it alive', async () => {
  const cwd = aFolderWithProvider('setInterval(() => {}, 1_000);');
  await runProgram(['migrate'], { cwd });

  const run = await runProgram(['ship-due'], { cwd, env: { SHIPCTL_PROVIDERS: './plain.mjs' } });

  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
});

test('waits for a slow reader of its result, however it ended', async () => {
  const cwd = temporaryFolder();
  const { url } = await startProvider(
    http.post(at('/orders'), () => new HttpResponse('x'.repeat(100), { status: 422 })),
  );
  await runProgram(['seed', '--generate', '900', '--interval', 'weekly'], { cwd });

  const { stdout } = await promisify(execFile)(
    'bash',
    ['-c', `("${process.execPath}" "${PROGRAM}" ship-due --json 2> /dev/null; echo $?) | (sleep 4; cat)`],
    { cwd, env: { ...process.env, SHIPCTL_FICTIONAL_URL: url, SHIPCTL_FICTIONAL_MAX_REJECTIONS: '0' } },
  );

  const [document = '', exitCode] = stdout.split('\n');
  expect(exitCode).toBe('3');
  expect(JSON.parse(document).problems).toHaveLength(900);
});

test.each([500, MANY])('stops where its database is replaced under it: %i orders', async (orders) => {
  const cwd = temporaryFolder();
  const path = join(cwd, 'shipctl.db');
  await runProgram(['seed', '--generate', String(orders), '--interval', 'weekly'], { cwd });
  copyFileSync(path, join(cwd, 'copy.db'));
  const sandbox = await startServer(['sandbox', '--port', '0', '--latency', '50'], { cwd });

  const run = startProgram(['ship-due', '--json'], { cwd, env: { SHIPCTL_FICTIONAL_URL: sandbox.url } });
  await until(async () => (await readLedger(sandbox.url)).unique >= 50);
  renameSync(join(cwd, 'copy.db'), path);
  const stopped = await run.ended;

  expect(stopped.exitCode).toBe(10);
  expect(JSON.parse(stopped.stderr).error).toMatchObject({
    code: 'database',
    message: `${path} was deleted or replaced while it was in use.`,
    hint: expect.stringContaining('What was sent since may not be recorded anywhere.'),
  });
  expect((await readLedger(sandbox.url)).unique).toBeLessThan(orders);
});

/** With a module of a provider that needs nothing. */
function aFolderWithProvider(first: string): string {
  const cwd = temporaryFolder();
  writeFileSync(
    join(cwd, 'plain.mjs'),
    `${first}
    export const provider = {
      name: 'plain',
      defaultUrl: 'https://plain.example',
      timezone: 'UTC',
      limits: {},
      repeatedOrders: { kind: 'recognised' },
      body: ({ shipmentId, deliveryService, items, deliveryAddress: { line1: line_1, line2: line_2, ...address } }) =>
        JSON.stringify({
          order_id: shipmentId,
          delivery_service: deliveryService,
          items: items.map(({ itemId, quantity, weightGrams }) => ({ item_id: itemId, quantity, weight: weightGrams })),
          delivery_address: { ...address, line_1, line_2 },
        }),
      request: () => ({ method: 'POST', path: '/orders', headers: { 'content-type': 'application/json' } }),
      outcome: ({ status }) => ({ kind: status === 201 ? 'accepted' : 'rejected', httpStatus: status, message: 'no' }),
    };`,
  );
  return cwd;
}
