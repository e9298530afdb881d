import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { json, start } from './shop.js';
import { idsFor, KEYS, NAMES, ordersFor, serve, verifyLedger } from './two-providers.js';

const SOURCE = fileURLToPath(new URL('step-clock.c', import.meta.url));

/** From what NTP corrects to a machine that slept; a lease lasts some 30 s. */
const STEPS_SECONDS = [1, 10, 60, 120, 3_600];
/** Forwards more often: that is what makes a lease look as if it had ended. */
const DIRECTIONS = [1, 1, 0, -1];
const RUNS_AT_A_TIME = 4;

/**
 * Overlapping runs and a receiver whose wall clock is stepped forwards and back while they run, half of the orders for
 * a provider that recognises repeats and half for one that does not: each order is in its ledger exactly once, and
 * every event is stored. Needs Linux and a C compiler. Options: --rounds=5 --orders=4000
 */
export async function clock({ rounds = '5', orders: wanted = '4000' }) {
  const cwd = mkdtempSync(join(tmpdir(), 'shipctl-soak-clock-'));
  try {
    const steps = compile(cwd);
    if (typeof steps === 'string') {
      process.stderr.write(`clock: ${steps}\n`);
      process.exitCode = 2;
      return undefined;
    }
    const exitCodes = {};
    let stepped = 0;
    for (let round = 0; round < Number(rounds); round += 1) {
      const result = await shipUnderSteps(steps, Math.floor(Number(wanted) / NAMES.length));
      stepped += result.stepped;
      for (const code of result.exitCodes) exitCodes[code] = (exitCodes[code] ?? 0) + 1;
      process.stdout.write(
        `round ${round + 1}: ${result.stepped} steps, ${result.exitCodes.length} runs, ${result.sent} sent\n`,
      );
    }
    return { rounds: Number(rounds), orders: Number(wanted), stepped, exitCodes };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** What moves the clock of processes with this environment; a string says why nothing can. */
function compile(cwd) {
  if (process.platform !== 'linux') return 'this trial needs Linux.';
  const [library, file] = [join(cwd, 'step-clock.so'), join(cwd, 'step')];
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE, '-ldl'], { stdio: 'pipe' });
  } catch (error) {
    return `this trial needs a C compiler: ${error.stderr || error.message}`;
  }
  const set = (seconds) => {
    const bytes = new BigInt64Array([BigInt(seconds)]);
    const handle = openSync(file, 'a+');
    closeSync(handle);
    const writing = openSync(file, 'r+');
    writeSync(writing, bytes, 0, bytes.byteLength, 0);
    closeSync(writing);
  };
  const env = { LD_PRELOAD: library, STEP_CLOCK_FILE: file };
  set(86_400);
  const shown = Number(execFileSync(process.execPath, ['-p', 'Date.now()'], { env }));
  if (shown < Date.now() + 80_000_000)
    return 'the clock of this Node can not be moved: it is linked statically.';
  return { env, set };
}

async function shipUnderSteps(steps, each) {
  const cwd = mkdtempSync(join(tmpdir(), 'shipctl-soak-clock-shop-'));
  const servers = [];
  const over = new AbortController();
  try {
    steps.set(0);
    // Slow enough that a run is still sending when the next step comes.
    const pace = { SHIPCTL_FICTIONAL_CONCURRENCY: '8', SHIPCTL_ODDPOST_CONCURRENCY: '8' };
    const shop = { cwd, env: { ...KEYS, ...pace, ...steps.env } };
    const ids = Object.fromEntries(NAMES.map((name) => [name, idsFor(name, each)]));
    const orders = NAMES.flatMap((name) => ordersFor(name, ids[name]));
    writeFileSync(join(cwd, 'orders.json'), JSON.stringify(orders));
    await json(['seed', 'orders.json'], shop);
    const today = (await json(['status'], shop)).orders.weekly.next_due_on;
    // Signed deliveries would be too old, or too new, by the receiver's own clock.
    const receiverShop = { cwd, env: steps.env };
    const receiver = await serve(['serve-webhooks', '--port', '0'], receiverShop, servers);
    const urls = {};
    for (const name of NAMES) {
      const events = ['--event-delay', '0', '--webhook-url', `${receiver}/webhooks/${name}`];
      const flags = ['--provider', name, '--port', '0', '--latency', '50', ...events];
      urls[name] = await serve(['sandbox', ...flags], { cwd, env: sandboxKeys() }, servers);
      shop.env[`SHIPCTL_${name.toUpperCase()}_URL`] = urls[name];
    }

    const stepping = stepUntil(over.signal, steps);
    const ships = Array.from({ length: RUNS_AT_A_TIME }, () => shipUntilDone(shop, today, 2 * each));
    const exitCodes = (await Promise.all(ships)).flat();
    over.abort();
    const stepped = await stepping;

    for (const name of NAMES) await verifyLedger(urls[name], ids[name]);
    const sent = await allTold(shop, 2 * each);
    return { exitCodes, stepped, sent };
  } finally {
    over.abort();
    for (const { child } of servers.reverse()) child.kill('SIGTERM');
    await Promise.all(servers.map(({ ended }) => ended));
    rmSync(cwd, { recursive: true, force: true });
  }
}

function sandboxKeys() {
  return { SHIPCTL_ODDPOST_API_KEY: KEYS.SHIPCTL_ODDPOST_API_KEY };
}

/** Forwards, back, or to what it should show, every half second or so. Returns how often. */
async function stepUntil(signal, { set }) {
  for (let steps = 0; ; steps += 1) {
    if (signal.aborted) {
      set(0);
      return steps;
    }
    const size = STEPS_SECONDS[Math.floor(Math.random() * STEPS_SECONDS.length)];
    set(size * DIRECTIONS[Math.floor(Math.random() * DIRECTIONS.length)]);
    await sleep(200 + Math.random() * 800);
  }
}

/** One run after the other, with others beside it, until all is sent. */
async function shipUntilDone(shop, date, shipments) {
  const exitCodes = [];
  do {
    await sleep(Math.random() * 1_000);
    // Not to the end: what matters is how a run that begins judges those that are under way.
    const seconds = String(1 + Math.floor(Math.random() * 5));
    const flags = ['--json', '--as-of', date, '--max-duration', seconds];
    const { exitCode, stderr } = await start(['ship-due', ...flags], shop).ended;
    assert.ok([0, 3].includes(exitCode), `ship-due ended with ${exitCode}: ${stderr}`);
    exitCodes.push(exitCode);
    assert.ok(exitCodes.length < 100, 'ship-due did not get done');
  } while (taken((await json(['status'], shop)).shipments) < shipments);
  return exitCodes;
}

/** Those that a provider has, by what is known of them here. No process died, so that nothing can be in doubt. */
function taken({ pending, sending, uncertain, rejected, ...others }) {
  assert.deepEqual({ uncertain, rejected }, { uncertain: 0, rejected: 0 }, 'a living run was taken for dead');
  return Object.values(others).reduce((sum, count) => sum + count, 0);
}

/** Waits until the last event of each shipment is stored, and belongs to it. */
async function allTold({ cwd }, shipments) {
  const database = new BetterSqlite3(join(cwd, 'shipctl.db'), { readonly: true });
  const delivered = database
    .prepare("select count(distinct shipment) from tracking_events where event_name = 'delivered'")
    .pluck();
  try {
    for (let looks = 0; looks < 600 && delivered.get() < shipments; looks += 1) await sleep(200);
    assert.equal(delivered.get(), shipments, 'events are missing');
    return shipments;
  } finally {
    database.close();
  }
}
