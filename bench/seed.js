import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './clean-up.js';
import { measured, measuredShipctl } from './measured.js';
import { shipctl } from './processes.js';
import { inTurn, median, medianRatio } from './rounds.js';

const BARE = fileURLToPath(new URL('./seed/bare.js', import.meta.url));

/**
 * `seed --generate` beside bare statements that write the same rows.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function seed({ small, rounds, progress }) {
  const orders = small ? 2_000 : 1_000_000;
  const folder = temporaryFolder();
  try {
    const generated = await generate(folder, orders);
    progress(`seed: ${orders} orders, ${Math.min(rounds, 3)} rounds`);
    const results = await inTurn(Math.min(rounds, 3), {
      bare: () => fillBare(folder, generated.cwd),
      shipctl: () => again(folder, orders),
      'a tenth': () => again(folder, orders / 10),
    });
    return report(results, orders, small);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function generate(folder, orders) {
  const cwd = mkdtempSync(join(folder, 'seed-'));
  return { cwd, ...(await measuredShipctl(['seed', '--generate', String(orders)], { cwd })) };
}

async function again(folder, orders) {
  const { cwd, ms, peakMiB } = await generate(folder, orders);
  rmSync(cwd, { recursive: true });
  return { ms, peakMiB };
}

async function fillBare(folder, generated) {
  const cwd = mkdtempSync(join(folder, 'bare-'));
  await shipctl(['migrate'], { cwd });
  const { stdout } = await measured([BARE, join(generated, 'shipctl.db'), 'shipctl.db'], { cwd });
  rmSync(cwd, { recursive: true });
  return { ms: Number(stdout) };
}

/** @returns {import('./bench.js').Report} */
function report(results, orders, small) {
  const times = (name) => results[name].map(({ ms }) => ms);
  const memory = (name) => median(results[name].map(({ peakMiB }) => peakMiB));
  const toBare = medianRatio(times('shipctl'), times('bare'));
  return {
    title: 'seed: synthetic orders (medians; ratios are medians of those within each round)',
    tables: [
      {
        title: `${orders.toLocaleString('en')} orders with their items; bare: without generating them and without starting`,
        columns: ['', 'seconds', 'to bare', 'peak MiB'],
        rows: [
          ['bare', (median(times('bare')) / 1000).toFixed(1), '1.00', '-'],
          [
            'shipctl',
            (median(times('shipctl')) / 1000).toFixed(1),
            toBare.toFixed(2),
            memory('shipctl').toFixed(0),
          ],
          [
            'a tenth of them',
            (median(times('a tenth')) / 1000).toFixed(1),
            '-',
            memory('a tenth').toFixed(0),
          ],
        ],
      },
    ],
    targets: small
      ? []
      : [
          { what: 'seed --generate, to bare', measured: toBare, wanted: { atMost: 3 } },
          {
            what: 'peak memory, to that of a tenth of the orders',
            measured: memory('shipctl') / memory('a tenth'),
            wanted: { atMost: 1.15 },
          },
        ],
    notes: [],
    figures: results,
  };
}
