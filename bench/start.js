import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { ours, temporaryFolder } from './clean-up.js';
import { environment, PROGRAM, shipctl } from './processes.js';
import { inTurn, median, medianRatio } from './rounds.js';

const SUBJECTS = {
  'node -e 0': ['-e', '0'],
  'shipctl --version': [PROGRAM, '--version'],
  'shipctl status co-1': [PROGRAM, 'status', 'co-1'],
  'shipctl ship-due, nothing due': [PROGRAM, 'ship-due', '--as-of', '2000-01-01'],
};

/**
 * Whole processes by the clock, from their start to their exit, beside an empty Node process.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function start({ small, progress }) {
  const runs = small ? 3 : 20;
  const cwd = temporaryFolder();
  try {
    await shipctl(['seed'], { cwd });
    progress(`start: ${runs} runs of each, in turn`);
    const trials = Object.entries(SUBJECTS).map(([name, words]) => [name, () => run(words, cwd)]);
    return report(await inTurn(runs, Object.fromEntries(trials)), small);
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

async function run(words, cwd) {
  const started = performance.now();
  const child = ours(spawn(process.execPath, words, { cwd, env: environment(), stdio: 'ignore' }));
  const [exitCode] = await once(child, 'exit');
  if (exitCode !== 0) throw new Error(`node ${words.join(' ')} ended with ${exitCode}`);
  return performance.now() - started;
}

function report(times, small) {
  const empty = times['node -e 0'];
  const toEmpty = (name) => medianRatio(times[name], empty);
  return {
    title: 'start: whole processes by the clock',
    tables: [
      {
        title: `medians of ${empty.length} runs in turn`,
        columns: ['', 'ms', 'to node -e 0'],
        rows: Object.entries(times).map(([name, ms]) => [
          name,
          median(ms).toFixed(0),
          toEmpty(name).toFixed(2),
        ]),
      },
    ],
    targets: small
      ? []
      : [
          {
            what: '--version, to node -e 0',
            measured: toEmpty('shipctl --version'),
            wanted: { atMost: 1.3 },
          },
          {
            what: 'status co-1, to node -e 0',
            measured: toEmpty('shipctl status co-1'),
            wanted: { atMost: 2 },
          },
        ],
    notes: [],
    figures: times,
  };
}
