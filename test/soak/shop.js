import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../bin/shipctl.js', import.meta.url));

/** Starts the built program. */
export function start(args, { cwd, env = {} }) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const ended = output.then(([stdout, stderr, [exitCode, signal]]) => ({ exitCode, signal, stdout, stderr }));
  return { child, ended };
}

export async function json(args, options) {
  const { exitCode, stdout, stderr } = await start([...args, '--json'], options).ended;
  assert.equal(exitCode, 0, `shipctl ${args.join(' ')}: ${stderr}`);
  return JSON.parse(stdout);
}

/** A folder with a database of generated orders, and a sandbox; `close` ends and removes everything. */
export async function openShop({ orders, sandboxFlags = [], interval = 'weekly', cwd: given }) {
  const cwd = given ?? mkdtempSync(join(tmpdir(), 'shipctl-soak-'));
  await json(['seed', '--generate', String(orders), '--interval', interval], { cwd });
  const sandbox = await startSandbox(sandboxFlags, cwd);
  return {
    cwd,
    env: { SHIPCTL_FICTIONAL_URL: sandbox.url, SHIPCTL_FICTIONAL_TIMEOUT_MS: '500' },
    url: sandbox.url,
    ledger: async () => (await fetch(`${sandbox.url}/orders`)).json(),
    async close() {
      await sandbox.close();
      if (given === undefined) rmSync(cwd, { recursive: true, force: true });
    },
  };
}

async function startSandbox(flags, cwd) {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'sandbox', '--port', '0', '--log-format', 'json', ...flags],
    {
      cwd,
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  for await (const line of createInterface(child.stderr)) {
    const { url } = JSON.parse(line);
    if (!url) continue;
    child.stderr.resume();
    const close = async () => {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
    };
    return { url, close };
  }
  throw new Error('the sandbox did not start');
}

/** `date` and `weeks` later, as `YYYY-MM-DD`. */
export function weeksAfter(date, weeks) {
  return new Date(Date.parse(date) + weeks * 7 * 86_400_000).toISOString().slice(0, 10);
}

/** Runs ship-due, not killed, until it ends with 0. */
export async function finish(shop, flags) {
  for (let tries = 0; tries < 20; tries += 1) {
    const { exitCode, stderr } = await start(['ship-due', '--json', ...flags], shop).ended;
    if (exitCode === 0) return;
    assert.ok([3, 4].includes(exitCode), `ship-due ended with ${exitCode}: ${stderr}`);
  }
  throw new Error('ship-due did not get done');
}

/** Every order at the provider has exactly its due ids, once each, and everything here is sent and scheduled on. */
export async function verify(shop, { orders, dates }) {
  const ledger = await shop.ledger();
  assert.equal(ledger.conflicts, 0, 'the same id was sent with different bytes');
  assert.equal(ledger.unique, orders * dates.length);
  const received = new Set(ledger.orders.map(({ order_id }) => order_id));
  for (let number = 1; number <= orders; number += 1) {
    const id = `gen-${String(number).padStart(7, '0')}`;
    const expected = dates.map((date, index) => (index === 0 ? id : `${id}.${date.replaceAll('-', '')}`));
    for (const due of expected) assert.ok(received.has(due), `${due} is missing`);
  }
  const status = await json(['status'], shop);
  const { sent, ...others } = status.shipments;
  assert.equal(sent, orders * dates.length);
  assert.deepEqual(new Set(Object.values(others)), new Set([0]), JSON.stringify(others));
  assert.equal(
    status.orders.weekly.next_due_on,
    weeksAfter(dates.at(-1), 1),
    'a schedule did not advance once',
  );
  return ledger;
}
