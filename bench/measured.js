import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ours } from './clean-up.js';
import { environment, PROGRAM } from './processes.js';

const USAGE = new URL('./usage.js', import.meta.url).href;

/**
 * Runs a program of Node's to its end: what it took by the clock, from its start to its exit, the most memory that it had
 * (RSS) and the CPU time of all its threads. With any exit code but 0 it is an error.
 *
 * @param {string[]} words what follows `node`
 * @returns {Promise<{ ms: number, peakMiB: number, cpuUs: number, stdout: string }>}
 */
export async function measured(words, { cwd, env }) {
  const started = performance.now();
  const child = ours(
    spawn(process.execPath, ['--import', USAGE, ...words], {
      cwd,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    }),
  );
  const [stdout, stderr, usage, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    text(child.stdio[3]),
    once(child, 'exit'),
  ]);
  const ms = performance.now() - started;
  if (exitCode !== 0) throw new Error(`node ${words.join(' ')} ended with ${exitCode}: ${stderr}`);
  const { peakKiB, cpuUs } = JSON.parse(usage);
  return { ms, peakMiB: peakKiB / 1024, cpuUs, stdout };
}

/** The same of the built program. */
export function measuredShipctl(args, options) {
  return measured([PROGRAM, ...args], options);
}
