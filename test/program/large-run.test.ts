import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite3 from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { readLedger, until } from '../support/ledger.ts';
import { runProgram, startProgram, startServer } from '../support/program.ts';
import { temporaryFolder } from '../support/workspace.ts';

// With so many the database is asked in a thread of its own.
const MANY = 2_500;

test('gives back what it was still claiming when it was stopped', { timeout: 60_000 }, async () => {
  const cwd = temporaryFolder();
  await runProgram(['seed', '--generate', String(MANY), '--interval', 'weekly'], { cwd });
  const sandbox = await startServer(['sandbox', '--port', '0', '--latency', '20'], { cwd });
  const other = new BetterSqlite3(join(cwd, 'shipctl.db'));
  onTestFinished(() => void other.close());

  const run = startProgram(['ship-due', '--json'], { cwd, env: { SHIPCTL_FICTIONAL_URL: sandbox.url } });
  await until(async () => (await readLedger(sandbox.url)).unique >= 300);
  other.exec('begin immediate');
  // By now it waits for the lock to record what was sent and to claim what comes next.
  await sleep(1_000);
  run.child.kill('SIGTERM');
  await sleep(500);
  other.exec('rollback');
  const stopped = await run.ended;

  expect(stopped.exitCode).toBe(143);
  const { unique } = await readLedger(sandbox.url);
  expect(stopped.json()).toMatchObject({ counts: { accepted: unique } });
  const { shipments } = (await runProgram(['status', '--json'], { cwd })).json();
  expect(shipments).toMatchObject({ sending: 0, sent: unique });
});

test('ships by a provider from outside', { timeout: 60_000 }, async () => {
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

test('sends nothing where a provider from outside can only be loaded once', { timeout: 60_000 }, async () => {
  const cwd = aFolderWithProvider(`
    import { isMainThread } from 'node:worker_threads';
    if (!isMainThread) throw new Error('one of me is enough');`);
  await runProgram(['seed', '--generate', String(MANY), '--interval', 'weekly'], { cwd });

  const run = await runProgram(['ship-due'], { cwd, env: { SHIPCTL_PROVIDERS: './plain.mjs' } });

  expect(run).toMatchObject({ exitCode: 12, stdout: '' });
  expect(run.stderr).toContain("./plain.mjs: can't be loaded: one of me is enough");
  const { shipments } = (await runProgram(['status', '--json'], { cwd })).json();
  expect(shipments).toMatchObject({ sending: 0, pending: 0, sent: 0 });
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
