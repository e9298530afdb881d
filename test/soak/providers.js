import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { json, start, weeksAfter } from './shop.js';
import { idsFor, KEYS, NAMES, ordersFor, readLedger, serve, verifyLedger } from './two-providers.js';

const FAULTS = { fictional: [], oddpost: ['--drop-rate', '0.3'] };

/**
 * Half of the orders for each provider, of which the second cuts off three answers in ten and would take an order as
 * often as it comes: each is in its ledger exactly once, and delivered by its own events. A week later the second is
 * gone, and the first one's orders all go out nevertheless. Options: --orders=10000
 */
export async function providers({ orders: wanted = '10000' }) {
  const cwd = mkdtempSync(join(tmpdir(), 'shipctl-soak-providers-'));
  const shop = { cwd, env: { ...KEYS, SHIPCTL_ODDPOST_TIMEOUT_MS: '2000' } };
  const each = Math.floor(Number(wanted) / NAMES.length);
  const servers = [];
  try {
    const ids = Object.fromEntries(NAMES.map((name) => [name, idsFor(name, each)]));
    writeFileSync(
      join(cwd, 'orders.json'),
      JSON.stringify(NAMES.flatMap((name) => ordersFor(name, ids[name]))),
    );
    await json(['seed', 'orders.json'], shop);
    const receiver = await serve(['serve-webhooks', '--port', '0'], shop, servers);
    const urls = {};
    for (const name of NAMES) {
      const events = ['--event-delay', '0', '--webhook-url', `${receiver}/webhooks/${name}`];
      const flags = ['--provider', name, '--port', '0', ...events, ...FAULTS[name]];
      urls[name] = await serve(['sandbox', ...flags], shop, servers);
      shop.env[`SHIPCTL_${name.toUpperCase()}_URL`] = urls[name];
    }
    const today = (await json(['status'], shop)).orders.weekly.next_due_on;

    const first = await ship(shop, today);
    const ledgers = {};
    for (const name of NAMES) ledgers[name] = await verify(urls[name], ids[name]);
    const eventsInSeconds = await allDelivered(shop, 2 * each);

    const gone = { ...shop, env: { ...shop.env, SHIPCTL_ODDPOST_URL: 'http://127.0.0.1:9' } };
    const second = await ship(gone, weeksAfter(today, 1), 1);
    assert.equal(second.exitCodes[0], 4);
    assert.match(second.stderr, /oddpost/);
    assert.doesNotMatch(second.stderr, /fictional/);
    const { orders } = await readLedger(urls.fictional);
    assert.equal(orders.length, 2 * each);
    assert.equal((await readLedger(urls.oddpost)).unique, each);
    const otherInSeconds = secondsBetween(orders.slice(each));
    return { first, ledgers, eventsInSeconds, oneGone: { ...second, otherInSeconds } };
  } finally {
    for (const { child } of servers) child.kill('SIGTERM');
    await Promise.all(servers.map(({ ended }) => ended));
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** Runs ship-due until it ends with 0, as often as it may. */
async function ship(shop, date, atMost = 10) {
  const started = performance.now();
  const exitCodes = [];
  let run;
  do {
    run = await start(['ship-due', '--json', '--as-of', date], shop).ended;
    exitCodes.push(run.exitCode);
  } while (run.exitCode !== 0 && exitCodes.length < atMost);
  const { providers } = JSON.parse(run.stdout);
  return { exitCodes, seconds: seconds(started), providers, stderr: run.stderr };
}

async function verify(url, ids) {
  const { orders, ...counts } = await verifyLedger(url, ids);
  return { ...counts, inSeconds: secondsBetween(orders) };
}

/** From the first order's arrival to the last one's. */
function secondsBetween(orders) {
  return (Date.parse(orders.at(-1).received_at) - Date.parse(orders[0].received_at)) / 1000;
}

async function allDelivered(shop, shipments) {
  const started = performance.now();
  for (let looks = 0; looks < 600; looks += 1) {
    const status = await json(['status'], shop);
    if (status.shipments.delivered === shipments && status.unmatched_events === 0) return seconds(started);
    await sleep(200);
  }
  throw new Error('not all shipments came to be delivered');
}

function seconds(started) {
  return Math.round((performance.now() - started) / 100) / 10;
}
