import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { ours } from './clean-up.js';
import { environment, PROGRAM } from './processes.js';

const PEAK = new URL('./peak.js', import.meta.url).href;

/**
 * Runs a program of Node's to its end: what it took by the clock, from its start to its exit, and the most memory that
 * it had (RSS). With any exit code but 0 it is an error.
 *
 * @param {string[]} words what follows `node`
 * @returns {Promise<{ ms: number, peakMiB: number, stdout: string }>}
 */
export async function measured(words, { cwd, env }) {
  const started = performance.now();
  const child = ours(
    spawn(process.execPath, ['--import', PEAK, ...words], {
      cwd,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    }),
  );
  const [stdout, stderr, peak, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    text(child.stdio[3]),
    once(child, 'exit'),
  ]);
  const ms = performance.now() - started;
  if (exitCode !== 0) throw new Error(`node ${words.join(' ')} ended with ${exitCode}: ${stderr}`);
  return { ms, peakMiB: Number(peak) / 1024, stdout };
}

/** The same of the built program. */
export function measuredShipctl(args, options) {
  return measured([PROGRAM, ...args], options);
}
