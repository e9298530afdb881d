import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './clean-up.js';
import { runModule, shipctl, startModule } from './processes.js';
import { inTurn, median, medianRatio } from './rounds.js';

const SINK = fileURLToPath(new URL('./ship-due/sink.js', import.meta.url));
const BARE = fileURLToPath(new URL('./ship-due/bare.js', import.meta.url));
const BATCHES = fileURLToPath(new URL('./ship-due/batches.js', import.meta.url));
const ONE_BY_ONE = fileURLToPath(new URL('./ship-due/one-by-one.js', import.meta.url));
const DATABASE = 'shipctl.db';
const CONCURRENCY = 32;
const SLOW = { latencyMs: 50, concurrency: 128 };

/**
 * Shipments per second, beside a loop that only sends and beside one order at a time; and with a slow provider.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function shipDue({ small, rounds, progress }) {
  const size = small
    ? { orders: 1_000, oneByOne: 100, slow: 1_000 }
    : { orders: 50_000, oneByOne: 2_000, slow: 20_000 };
  const folder = temporaryFolder();
  try {
    const due = await makeDatabase(folder, 'due', size.orders);
    const dueSlow = await makeDatabase(folder, 'due-slow', size.slow);
    const shipped = await makeDatabase(folder, 'shipped', size.orders);
    await withSink(0, (url) => ship(shipped, url, CONCURRENCY));
    progress(`ship-due: ${size.orders} weekly orders, ${rounds} rounds`);
    const rates = await inTurn(rounds, {
      bare: () => withSink(0, (url) => limit(BARE, shipped, { url, concurrency: CONCURRENCY })),
      shipctl: () => withSink(0, (url) => onCopy(due, (cwd) => ship(cwd, url, CONCURRENCY))),
      'in batches, by hand': () =>
        withSink(0, (url) => onCopy(due, (cwd) => limit(BATCHES, cwd, { url, concurrency: CONCURRENCY }))),
      'one by one': () =>
        withSink(0, (url) => onCopy(due, (cwd) => limit(ONE_BY_ONE, cwd, { url, orders: size.oneByOne }))),
      'shipctl, slow provider': () =>
        withSink(SLOW.latencyMs, (url) => onCopy(dueSlow, (cwd) => ship(cwd, url, SLOW.concurrency))),
    });
    return report(rates, size, small);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeDatabase(folder, name, orders) {
  const cwd = mkdtempSync(join(folder, `${name}-`));
  await shipctl(['seed', '--generate', String(orders), '--interval', 'weekly'], { cwd });
  return cwd;
}

async function onCopy(template, use) {
  const cwd = mkdtempSync(`${template}-`);
  try {
    cpSync(template, cwd, { recursive: true });
    return await use(cwd);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function withSink(latencyMs, use) {
  const sink = await startModule(SINK, [String(latencyMs)]);
  try {
    return await use(sink.url);
  } finally {
    await sink.stop();
  }
}

/** @returns {Promise<number>} shipments per second of the run, from its start to its last commit. */
async function ship(cwd, url, concurrency) {
  const args = ['ship-due', '--json', '--concurrency', String(concurrency)];
  const { counts, started_at, finished_at } = JSON.parse(
    await shipctl(args, { cwd, env: { SHIPCTL_FICTIONAL_URL: url } }),
  );
  if (counts.accepted !== counts.due)
    throw new Error(`of ${counts.due} due ${counts.accepted} were accepted`);
  return counts.accepted / ((Date.parse(finished_at) - Date.parse(started_at)) / 1000);
}

async function limit(module, cwd, job) {
  const { sent, seconds } = await runModule(module, { ...job, database: join(cwd, DATABASE) });
  return sent / seconds;
}

/** @returns {import('./bench.js').Report} */
function report(rates, size, small) {
  const possible = SLOW.concurrency / (SLOW.latencyMs / 1000);
  const toBare = medianRatio(rates.shipctl, rates.bare);
  const toOneByOne = medianRatio(rates.shipctl, rates['one by one']);
  const toPossible = median(rates['shipctl, slow provider']) / possible;
  const row = (name, ratio) => [name, median(rates[name]).toFixed(0), ratio.toFixed(2)];
  return {
    title: 'ship-due: shipments per second (medians; ratios are medians of those within each round)',
    tables: [
      {
        title: `${size.orders} weekly orders, concurrency ${CONCURRENCY}, a provider in its own process`,
        columns: ['', 'per second', 'to bare'],
        rows: [
          row('bare', 1),
          row('shipctl', toBare),
          row('in batches, by hand', medianRatio(rates['in batches, by hand'], rates.bare)),
          row('one by one', medianRatio(rates['one by one'], rates.bare)),
        ],
      },
      {
        title: `${size.slow} weekly orders, concurrency ${SLOW.concurrency}, a provider that takes ${SLOW.latencyMs} ms`,
        columns: ['', 'per second', 'to what is possible'],
        rows: [['what is possible', possible.toFixed(0), '1.00'], row('shipctl, slow provider', toPossible)],
      },
    ],
    targets: small
      ? []
      : [
          { what: 'rate, to bare', measured: toBare, wanted: { atLeast: 0.85 } },
          { what: 'rate, to one by one', measured: toOneByOne, wanted: { atLeast: 5 } },
          { what: 'slow provider, to what is possible', measured: toPossible, wanted: { atLeast: 0.85 } },
        ],
    notes: [
      'bare: a loop of pool.request with the same bodies that records nothing.',
      'in batches, by hand: statements for just this into the same schema, as durable, and otherwise the bare loop.',
      'one by one: one order at a time, with a commit before and after each request.',
    ],
    figures: rates,
  };
}
