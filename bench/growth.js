import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './clean-up.js';
import { drawGrowth } from './growth/plot.js';
import { measuredShipctl } from './measured.js';
import { shipctl, startModule } from './processes.js';

const SINK = fileURLToPath(new URL('./ship-due/sink.js', import.meta.url));
const PLOT = fileURLToPath(new URL('./growth.svg', import.meta.url));

/**
 * Time and memory of ship-due over the number of due orders; draws growth.svg, but not when small.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function growth({ small, progress }) {
  const sizes = small ? [1_000, 2_000] : [1_000, 10_000, 100_000, 1_000_000];
  const points = [];
  for (const orders of sizes) {
    progress(`growth: ${orders} due orders`);
    points.push({ orders, ...(await shipAll(orders)) });
  }
  const plot = drawGrowth(points);
  if (!small) writeFileSync(PLOT, plot);
  return report(points, small);
}

async function shipAll(orders) {
  const cwd = temporaryFolder();
  const sink = await startModule(SINK, ['0']);
  try {
    await shipctl(['seed', '--generate', String(orders), '--interval', 'weekly'], { cwd });
    const env = { SHIPCTL_FICTIONAL_URL: sink.url };
    const { ms, peakMiB, stdout } = await measuredShipctl(['ship-due', '--json'], { cwd, env });
    const { counts } = JSON.parse(stdout);
    if (counts.accepted !== orders) throw new Error(`of ${orders} due ${counts.accepted} were accepted`);
    return { seconds: ms / 1000, peakMiB };
  } finally {
    await sink.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** @returns {import('./bench.js').Report} */
function report(points, small) {
  const memory = (orders) => points.find((point) => point.orders === orders).peakMiB;
  return {
    title: 'growth: ship-due over the number of due orders',
    tables: [
      {
        title: 'whole process, once each',
        columns: ['due orders', 'seconds', 'us/order', 'peak MiB'],
        rows: points.map(({ orders, seconds, peakMiB }) => [
          orders.toLocaleString('en'),
          seconds.toFixed(1),
          ((seconds / orders) * 1e6).toFixed(0),
          peakMiB.toFixed(0),
        ]),
      },
    ],
    targets: small
      ? []
      : [
          {
            what: 'peak memory, MB (a million bytes)',
            measured: Math.max(...points.map(({ peakMiB }) => (peakMiB * 1024 ** 2) / 1e6)),
            wanted: { atMost: 150 },
          },
          {
            what: 'peak memory with 1,000,000 due, to 10,000',
            measured: memory(1_000_000) / memory(10_000),
            wanted: { atMost: 1.15 },
          },
        ],
    notes: small ? [] : [`The plot is ${PLOT}.`],
    figures: points,
  };
}
