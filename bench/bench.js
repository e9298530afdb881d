// npm run bench -- [name…] [--json] [--small] [--rounds n]: each benchmark measures the program beside a limit, in turn.
import { parseArgs } from 'node:util';
import { growth } from './growth.js';
import { describeMachine } from './machine.js';
import { millions } from './millions.js';
import { seed } from './seed.js';
import { shipDue } from './ship-due.js';
import { sizes } from './sizes.js';
import { start } from './start.js';
import { printReport } from './table.js';
import { webhooks } from './webhooks.js';

/**
 * @typedef {object} Settings
 * @property {boolean} small whether some seconds must do, to see that the benchmark runs
 * @property {number} rounds
 * @property {(text: string) => void} progress
 *
 * @typedef {object} Target what is promised
 * @property {string} what
 * @property {number} measured
 * @property {{ atLeast: number } | { atMost: number }} wanted
 *
 * @typedef {object} Report
 * @property {string} title
 * @property {import('./table.js').Table[]} tables
 * @property {Target[]} targets
 * @property {string[]} notes how to read it
 * @property {unknown} figures everything measured, for --json
 */

/** @type {Record<string, (settings: Settings) => Promise<Report>>} */
const BENCHMARKS = { 'ship-due': shipDue, growth, millions, start, seed, sizes, webhooks };

const { flags, names, rounds } = readArguments();
if (!names.every((name) => Object.hasOwn(BENCHMARKS, name)) || !(Number.isInteger(rounds) && rounds >= 1)) {
  process.stderr.write(
    `usage: npm run bench -- [${Object.keys(BENCHMARKS).join(' | ')}] [--json] [--small] [--rounds n]\n`,
  );
  process.exitCode = 2;
} else {
  await run();
}

function readArguments() {
  try {
    const { values: flags, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        small: { type: 'boolean', default: false },
        rounds: { type: 'string' },
      },
    });
    const names = positionals.length > 0 ? positionals : Object.keys(BENCHMARKS);
    return { flags, names, rounds: Number(flags.rounds ?? (flags.small ? 1 : 5)) };
  } catch {
    return { flags: {}, names: [], rounds: 0 };
  }
}

async function run() {
  const machine = describeMachine();
  const progress = (text) => process.stderr.write(`${text}\n`);
  const write = (text) => flags.json || process.stdout.write(`${text}\n`);
  write(Object.values(machine).join(', '));
  const benchmarks = {};
  for (const name of names) {
    const report = await BENCHMARKS[name]({ small: flags.small, rounds, progress });
    write(printReport(report));
    benchmarks[name] = { targets: report.targets, figures: report.figures };
  }
  if (flags.json) {
    const { small } = flags;
    process.stdout.write(
      `${JSON.stringify({ schema_version: 1, machine, small, rounds, benchmarks }, null, 2)}\n`,
    );
  }
}
