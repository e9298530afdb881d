import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './clean-up.js';
import { cpuTimeMs } from './machine.js';
import { measuredShipctl } from './measured.js';
import { runModule, shipctl, startModule } from './processes.js';
import { inTurn, median, medianRatio } from './rounds.js';

const SINK = fileURLToPath(new URL('./ship-due/sink.js', import.meta.url));
const BARE = fileURLToPath(new URL('./ship-due/bare.js', import.meta.url));
const BATCHES = fileURLToPath(new URL('./ship-due/batches.js', import.meta.url));
const ONE_BY_ONE = fileURLToPath(new URL('./ship-due/one-by-one.js', import.meta.url));
const DATABASE = 'shipctl.db';
const CONCURRENCY = 32;
/** Of bare's rate. */
const WANTED = 0.85;
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
    const figures = await inTurn(rounds, {
      bare: () => withSink(0, (url) => limit(BARE, shipped, { url, concurrency: CONCURRENCY })),
      shipctl: () => withSink(0, (url) => onCopy(due, (cwd) => ship(cwd, url, CONCURRENCY))),
      'in batches, by hand': () =>
        withSink(0, (url) => onCopy(due, (cwd) => limit(BATCHES, cwd, { url, concurrency: CONCURRENCY }))),
      'one by one': () =>
        withSink(0, (url) => onCopy(due, (cwd) => limit(ONE_BY_ONE, cwd, { url, orders: size.oneByOne }))),
      'shipctl, slow provider': () =>
        withSink(SLOW.latencyMs, (url) => onCopy(dueSlow, (cwd) => ship(cwd, url, SLOW.concurrency))),
    });
    return report(figures, size, small);
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

/**
 * @typedef {object} Figures
 * @property {number} perSecond shipments
 * @property {number} cpuUs per shipment, of the process with all its threads
 * @property {number | undefined} providerCpuUs per shipment; undefined where the system does not tell
 */

/**
 * @param {(url: string) => Promise<{ sent: number, seconds: number, cpuUs: number }>} use
 * @returns {Promise<Figures>}
 */
async function withSink(latencyMs, use) {
  const sink = await startModule(SINK, [String(latencyMs)]);
  try {
    const { sent, seconds, cpuUs } = await use(sink.url);
    const providerMs = cpuTimeMs(sink.pid)?.all;
    return {
      perSecond: sent / seconds,
      cpuUs: cpuUs / sent,
      providerCpuUs: providerMs && (providerMs * 1000) / sent,
    };
  } finally {
    await sink.stop();
  }
}

/** The run's own time, from its start to its last commit. */
async function ship(cwd, url, concurrency) {
  const args = ['ship-due', '--json', '--concurrency', String(concurrency)];
  const { stdout, cpuUs } = await measuredShipctl(args, { cwd, env: { SHIPCTL_FICTIONAL_URL: url } });
  const { counts, started_at, finished_at } = JSON.parse(stdout);
  if (counts.accepted !== counts.due)
    throw new Error(`of ${counts.due} due ${counts.accepted} were accepted`);
  return { sent: counts.accepted, seconds: (Date.parse(finished_at) - Date.parse(started_at)) / 1000, cpuUs };
}

function limit(module, cwd, job) {
  return runModule(module, { ...job, database: join(cwd, DATABASE) });
}

/** @returns {import('./bench.js').Report} */
function report(figures, size, small) {
  const possible = SLOW.concurrency / (SLOW.latencyMs / 1000);
  const of = (name, key) => figures[name].map((round) => round[key]);
  const rates = (name) => of(name, 'perSecond');
  const toBare = medianRatio(rates('shipctl'), rates('bare'));
  const toOneByOne = medianRatio(rates('shipctl'), rates('one by one'));
  const toPossible = median(rates('shipctl, slow provider')) / possible;
  const us = (values) => (values.includes(undefined) ? '-' : median(values).toFixed(0));
  const row = (name, ratio) => [
    name,
    median(rates(name)).toFixed(0),
    ratio.toFixed(2),
    us(of(name, 'cpuUs')),
    us(of(name, 'providerCpuUs')),
  ];
  const cores = availableParallelism();
  const cpuAtWanted = (cores * 1e6) / (WANTED * median(rates('bare')));
  return {
    title: 'ship-due: shipments per second (medians; ratios are medians of those within each round)',
    tables: [
      {
        title: `${size.orders} weekly orders, concurrency ${CONCURRENCY}, a provider in its own process`,
        columns: ['', 'per second', 'to bare', 'CPU us', "provider's"],
        rows: [
          row('bare', 1),
          row('shipctl', toBare),
          row('in batches, by hand', medianRatio(rates('in batches, by hand'), rates('bare'))),
          row('one by one', medianRatio(rates('one by one'), rates('bare'))),
        ],
      },
      {
        title: `${size.slow} weekly orders, concurrency ${SLOW.concurrency}, a provider that takes ${SLOW.latencyMs} ms`,
        columns: ['', 'per second', 'to what is possible'],
        rows: [
          ['what is possible', possible.toFixed(0), '1.00'],
          [
            'shipctl, slow provider',
            median(rates('shipctl, slow provider')).toFixed(0),
            toPossible.toFixed(2),
          ],
        ],
      },
    ],
    targets: small
      ? []
      : [
          { what: 'rate, to bare', measured: toBare, wanted: { atLeast: WANTED } },
          { what: 'rate, to one by one', measured: toOneByOne, wanted: { atLeast: 5 } },
          { what: 'slow provider, to what is possible', measured: toPossible, wanted: { atLeast: 0.85 } },
        ],
    notes: [
      'bare: a loop of pool.request with the same bodies that records nothing.',
      'in batches, by hand: statements for just this into the same schema, as durable, and otherwise the bare loop.',
      'one by one: one order at a time, with a commit before and after each request.',
      'CPU us: CPU time per shipment, of all threads from start to exit.',
      `At ${WANTED} of bare's rate ${cores} cores have ${cpuAtWanted.toFixed(0)} us of it for a shipment and its provider.`,
    ],
    figures,
  };
}
