import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import examples from '../../fixtures/customer-orders.json' with { type: 'json' };
import { openDatabase } from '../../src/db/open.ts';
import { anAddress, anOrder } from '../support/factories.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/workspace.ts';

const NOW = '2026-05-22T10:00:00Z';

test('without a file it loads the examples, and a second time nothing', async () => {
  const { seed, db } = workspace();

  const first = await seed();
  const second = await seed();

  expect(first).toMatchObject({ exitCode: 0, stderr: '' });
  expect(first.stdout).toBe(`Loaded 14 customer orders into ${db}: 14 new, 0 changed, 0 unchanged.\n`);
  expect(second.stdout).toBe(`Loaded 14 customer orders into ${db}: 0 new, 0 changed, 14 unchanged.\n`);
});

test('the examples begin with the brief’s order', () => {
  expect(examples[0]).toEqual({
    order_id: 'co-1',
    shipping_interval: 'weekly',
    delivery_service: 'standard',
    items: [{ item_id: 'it-1', quantity: 2, weight: 10 }],
    delivery_address: {
      recipient: 'John Doe',
      line_1: 'The battleship building',
      line_2: '179 harrow road',
      city: 'London',
      postcode: 'W2 6NB',
      country: 'GB',
    },
  });
});

test('with --json it prints one document', async () => {
  const { seed, db } = workspace();

  const result = await seed('--json');

  expect(result.json()).toEqual({
    schema_version: 1,
    database: db,
    orders: { new: 14, changed: 0, unchanged: 0 },
    shipments: { corrected: [], cancelled: [], doubted: [], kept: [], refused: [], going_out: [] },
  });
});

test('a file is found from the working directory, and what changed in it is taken over', async () => {
  const { seed, write, read } = workspace();
  write('orders.json', [anOrder(), anOrder({ order_id: 'co-2' }), anOrder({ order_id: 'co-3' })]);
  await seed('orders.json');
  write('orders.json', [
    anOrder({ delivery_address: anAddress({ postcode: 'E1 6AN' }) }),
    anOrder({ order_id: 'co-2', shipping_interval: 'monthly' }),
  ]);

  const result = await seed('orders.json', '--json');

  expect(result.json().orders).toEqual({ new: 0, changed: 2, unchanged: 0 });
  expect(await read()).toEqual([
    ['co-1', 'weekly', 'E1 6AN', '2026-05-22'],
    ['co-2', 'monthly', 'W2 6NB', '2026-05-22'],
    ['co-3', 'weekly', 'W2 6NB', '2026-05-22'],
  ]);
});

test('an order starts on the business’s day, not on the machine’s', async () => {
  const { cwd, db, read } = workspace();
  const options = { cwd, now: '2026-05-22T13:00:00Z', stdin: JSON.stringify([anOrder()]) };

  await runCli(['seed', '-', '--db', db], { ...options, env: { SHIPCTL_TIMEZONE: 'Pacific/Auckland' } });

  expect(await read()).toEqual([['co-1', 'weekly', 'W2 6NB', '2026-05-23']]);
});

test('- reads standard input', async () => {
  const { cwd, db } = workspace();

  const result = await runCli(['seed', '-', '--db', db], {
    cwd,
    now: NOW,
    stdin: JSON.stringify([anOrder()]),
  });

  expect(result.stdout).toBe(`Loaded 1 customer order into ${db}: 1 new, 0 changed, 0 unchanged.\n`);
});

test('another starts_on for a stored order is left aside with a warning', async () => {
  const { seed, write } = workspace();
  write('orders.json', [anOrder()]);
  await seed('orders.json');
  write('orders.json', [anOrder({ starts_on: '2026-06-01' })]);

  const result = await seed('orders.json', '--json');

  expect(result.json().orders).toEqual({ new: 0, changed: 0, unchanged: 1 });
  expect(result.stderr).toBe(
    'warn: starts_on is not changed by loading an order again orders=1 order_ids=co-1\n',
  );
});

describe('--generate', () => {
  test('loads orders that are the same every time, and more of them the next time', async () => {
    const { seed, read } = workspace();

    const first = await seed('--generate', '3', '--json');
    const same = await seed('--generate', '3', '--json');
    const more = await seed('--generate', '5', '--json');

    expect(first.json().orders).toEqual({ new: 3, changed: 0, unchanged: 0 });
    expect(same.json().orders).toEqual({ new: 0, changed: 0, unchanged: 3 });
    expect(more.json().orders).toEqual({ new: 2, changed: 0, unchanged: 3 });
    expect((await read()).map(([orderId, interval]) => [orderId, interval])).toEqual([
      ['gen-0000001', 'weekly'],
      ['gen-0000002', 'monthly'],
      ['gen-0000003', 'weekly'],
      ['gen-0000004', 'monthly'],
      ['gen-0000005', 'weekly'],
    ]);
  });

  test('takes one interval for all of them', async () => {
    const { seed, read } = workspace();

    await seed('--generate', '3', '--interval', 'monthly');

    expect((await read()).map(([, interval]) => interval)).toEqual(['monthly', 'monthly', 'monthly']);
  });
});

describe('what can’t be loaded ends with exit code 2 and no database', () => {
  test('a file that holds what it should not, with every problem', async () => {
    const { seed, write, db } = workspace();
    write('orders.json', [anOrder({ start_on: '2026-06-01' }), anOrder({ items: [] })]);

    const result = await seed('orders.json');

    expect(result.exitCode).toBe(2);
    expect(result.stdout).toBe('');
    expect(result.stderr).toBe(
      [
        'error: orders.json has 3 problems.',
        '  orders[0]: unknown field "start_on" (did you mean starts_on?)',
        '  orders[1].items: must not be empty',
        '  orders[1].order_id: is taken already, by orders[0]',
        'hint: Correct the file and load it again; nothing was loaded.',
        '',
      ].join('\n'),
    );
    expect(existsSync(db)).toBe(false);
  });

  test('and with --json as one line of JSON', async () => {
    const { seed, write, db } = workspace();
    write('orders.json', [anOrder({ active: 1 })]);

    const result = await seed('orders.json', '--json');

    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(JSON.parse(result.stderr)).toEqual({
      error: {
        code: 'invalid_orders',
        message: 'orders.json has a problem.',
        hint: 'Correct the file and load it again; nothing was loaded.',
        problems: [{ path: 'orders[0].active', message: 'must be true or false, not 1' }],
      },
    });
    expect(existsSync(db)).toBe(false);
  });

  test('standard input that is not JSON', async () => {
    const { cwd, db } = workspace();

    const result = await runCli(['seed', '-', '--db', db], { cwd, stdin: '[\n  {\n' });

    expect(result.exitCode).toBe(2);
    expect(result.stderr).toContain(
      'error: standard input is not JSON: line 3, column 1: expected }, found the end',
    );
    expect(existsSync(db)).toBe(false);
  });

  test.each([
    [['missing.json'], 'error: There is no file missing.json.\n'],
    [['folder'], 'error: folder is a folder, not a file.\n'],
    [['orders.json', '--generate', '5'], 'error: --generate and the file orders.json exclude each other.\n'],
    [['--interval', 'weekly'], 'error: --interval goes with --generate only.\n'],
    [['orders.json', '--interval', 'weekly'], 'error: --interval goes with --generate only.\n'],
    [['--generate', '0'], 'error: option'],
    [['--generate', '5', '--interval', 'daily'], 'error: option'],
    [['one.json', 'two.json'], 'error: too many arguments'],
  ])('%j', async (args, message) => {
    const { cwd, seed, db } = workspace();
    mkdirSync(join(cwd, 'folder'));

    const result = await seed(...args);

    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr.startsWith(message), result.stderr).toBe(true);
    expect(result.stderr).toContain('\nhint: ');
    expect(existsSync(db)).toBe(false);
  });
});

test('a bad file leaves what is stored as it is', async () => {
  const { seed, write, read } = workspace();
  write('orders.json', [anOrder()]);
  await seed('orders.json');
  write('orders.json', [
    anOrder({ delivery_address: anAddress({ postcode: 'E1 6AN' }) }),
    anOrder({ order_id: 'co 2' }),
  ]);

  const result = await seed('orders.json');

  expect(result.exitCode).toBe(2);
  expect(await read()).toEqual([['co-1', 'weekly', 'W2 6NB', '2026-05-22']]);
});

function workspace() {
  const cwd = temporaryFolder();
  const db = join(cwd, 'shipctl.db');
  return {
    cwd,
    db,
    seed: (...args: string[]) => runCli(['seed', ...args, '--db', db], { cwd, now: NOW }),
    write: (name: string, orders: unknown) => writeFileSync(join(cwd, name), JSON.stringify(orders)),
    read: () => readOrders(db),
  };
}

async function readOrders(path: string) {
  const database = await openDatabase(path, { create: false, lockWaitMs: 1_000 });
  const orders = await database.db
    .selectFrom('customer_orders')
    .select(['order_id', 'shipping_interval', 'postcode', 'next_due_on'])
    .orderBy('order_id')
    .execute();
  await database.close();
  return orders.map((order) => Object.values(order));
}
