import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { anOrder } from '../support/factories.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/workspace.ts';

const NOW = '2026-05-22T08:00:00Z';

async function aShop() {
  const cwd = temporaryFolder();
  const orders = [
    anOrder({ order_id: 'co-1' }),
    anOrder({ order_id: 'co-2', provider: 'oddpost' }),
    anOrder({ order_id: 'co-3', provider: 'oddpost', starts_on: '2026-06-01' }),
  ];
  const seeded = await runCli(['seed', '-'], { cwd, stdin: JSON.stringify(orders), now: NOW });
  expect(seeded.exitCode).toBe(0);
  return (...args: string[]) => runCli(args, { cwd, now: NOW });
}

test('status shows what waits for each provider', async () => {
  const shop = await aShop();

  const text = (await shop('status')).stdout;
  const { providers } = (await shop('status', '--json')).json();

  expect(text).toContain(
    [
      'Providers',
      'PROVIDER   ORDERS  DUE  TO SEND  TAKEN  REJECTED  UNCERTAIN',
      'fictional  1       1    0        0      0         0',
      'oddpost    2       1    0        0      0         0',
    ].join('\n'),
  );
  expect(providers).toMatchObject({
    fictional: { known: true, active_orders: 1, due_orders: 1, paused_until: null },
    oddpost: { known: true, active_orders: 2, due_orders: 1, shipments: { pending: 0 } },
  });
});

test('orders that wait for a provider nobody knows are told by every command that looks at what is due', async () => {
  const cwd = temporaryFolder();
  const provider = `export const provider = { name: 'gone', defaultUrl: 'http://127.0.0.1:9', timezone: 'UTC', limits: {},
    repeatedOrders: { kind: 'recognised' }, body: () => '{}', request: () => ({}), outcome: () => ({}) };`;
  const env = { SHIPCTL_PROVIDERS: './gone.mjs' };
  writeFileSync(join(cwd, 'gone.mjs'), provider);
  const stdin = JSON.stringify([anOrder({ provider: 'gone' })]);
  expect(await runCli(['seed', '-'], { cwd, env, stdin, now: NOW })).toMatchObject({ exitCode: 0 });

  const run = await runCli(['ship-due', '--json'], { cwd, now: NOW });
  const dryRun = await runCli(['ship-due', '--dry-run', '--json'], { cwd, now: NOW });
  const early = await runCli(['ship-due', '--as-of', '2026-05-21'], { cwd, now: NOW });
  const status = await runCli(['status'], { cwd, now: NOW });

  expect([run.exitCode, dryRun.exitCode, early.exitCode]).toEqual([12, 12, 0]);
  expect([run.json().unknown_providers, dryRun.json().unknown_providers]).toEqual([['gone'], ['gone']]);
  expect(run.stderr).toContain('Orders wait for providers not known here: gone.');
  expect(status.stdout).toContain('not known here: see SHIPCTL_PROVIDERS');
});
