// The whole loop on this machine: seed, receive, ship, look, and ship the week after. Ends and cleans up by itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/shipctl.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'shipctl-demo-'));
const env = { ...process.env, SHIPCTL_DB: join(folder, 'demo.db') };
const servers = [];
// Stopped by hand: what was started is ended and the folder removed all the same.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    cleanUp();
    process.kill(process.pid, signal);
  });
}
const print = (line) => process.stdout.write(`${line}\n`);

function cleanUp() {
  for (const server of servers) server.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a command to its end, as a user would see it. */
async function shipctl(...args) {
  print(`\n$ shipctl ${args.join(' ')}`);
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env, stdio: 'inherit' });
  const [exitCode] = await once(child, 'exit');
  if (exitCode !== 0) throw new Error(`shipctl ${args.join(' ')} ended with exit code ${exitCode}`);
}

async function shipctlJson(...args) {
  const child = spawn(process.execPath, [program, ...args, '--json'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(await text(child.stdout));
}

/** Starts a command that runs until it is stopped, and waits for the address in its log. */
async function start(...args) {
  print(`\n$ shipctl ${args.join(' ')} &`);
  const child = spawn(process.execPath, [program, ...args, '--log-format', 'json'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  servers.push(child);
  for await (const line of createInterface(child.stderr)) {
    const { message, url } = JSON.parse(line);
    print(message);
    if (!url) continue;
    child.stderr.resume();
    return url;
  }
  throw new Error(`shipctl ${args.join(' ')} did not start`);
}

async function waitForDeliveries() {
  for (let tries = 0; tries < 40; tries += 1) {
    const { shipments } = await shipctlJson('status');
    const open = shipments.sent + shipments['waiting-for-collection'] + shipments['in-transit'];
    if (open + shipments['failed-to-deliver'] === 0) return;
    await sleep(150);
  }
  throw new Error('the events of the sandbox did not arrive');
}

try {
  await shipctl('seed');
  const receiver = await start('serve-webhooks', '--port', '0');
  const sandbox = await start(
    'sandbox',
    '--port',
    '0',
    '--event-delay',
    '200',
    '--webhook-url',
    `${receiver}/webhooks/fictional`,
  );
  env.SHIPCTL_FICTIONAL_URL = sandbox;

  await shipctl('ship-due', '--interval', 'weekly', '--dry-run');
  await shipctl('ship-due', '--interval', 'weekly');
  await shipctl('ship-due', '--interval', 'monthly');
  print('\nOnce more: everything that is due was sent, so nothing is sent again.');
  await shipctl('ship-due');

  print('\nThe sandbox reports what becomes of the parcels.');
  await waitForDeliveries();
  await shipctl('status');
  await shipctl('status', 'co-1');

  const { order } = await shipctlJson('status', 'co-1');
  print(`\nThe week after, on ${order.next_due_on}.`);
  await shipctl('ship-due', '--as-of', order.next_due_on);
  await waitForDeliveries();
  await shipctl('status', 'co-1');

  const ledger = await (await fetch(`${sandbox}/orders`)).json();
  const first = ledger.orders.find(({ order_id }) => order_id === 'co-1');
  print(`\nWhat the provider received for co-1: ${JSON.stringify(first.body, null, 2)}`);
  print(
    `Requests: ${ledger.received}, orders: ${ledger.unique}, sent twice: ${ledger.replays + ledger.conflicts}`,
  );
} finally {
  for (const server of servers) {
    server.kill('SIGTERM');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  }
  cleanUp();
}
