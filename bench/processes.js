import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { ours } from './clean-up.js';

export const PROGRAM = fileURLToPath(new URL('../bin/shipctl.js', import.meta.url));

/**
 * @typedef {object} Server a process that listens
 * @property {number} pid
 * @property {string} url
 * @property {() => Promise<void>} stop
 */

/** Runs the built program to its end and returns what it printed; with any exit code but 0 it is an error. */
export async function shipctl(args, { cwd, env = {} }) {
  const child = ours(
    spawn(process.execPath, [PROGRAM, ...args], { cwd, env: environment(env), stdio: 'pipe' }),
  );
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (exitCode !== 0) throw new Error(`shipctl ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  return stdout;
}

/**
 * Starts a command of the built program that listens.
 * @returns {Promise<Server>}
 */
export async function startShipctl(args, { cwd, env = {} }) {
  const child = ours(
    spawn(process.execPath, [PROGRAM, ...args, '--log-format', 'json'], {
      cwd,
      env: environment(env),
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  );
  for await (const line of createInterface(child.stderr)) {
    const { url } = JSON.parse(line);
    if (url === undefined) continue;
    child.stderr.resume();
    return { pid: child.pid, url, stop: () => stop(child) };
  }
  throw new Error(`shipctl ${args.join(' ')} did not start`);
}

/**
 * Starts a module of ours that sends the parent its `{ url }` when it listens.
 * @returns {Promise<Server>}
 */
export async function startModule(path, args) {
  const child = ours(fork(path, args));
  const [{ url }] = await once(child, 'message');
  return { pid: child.pid, url, stop: () => stop(child) };
}

/** Runs a module of ours that is given a job in a message, and answers with one. */
export async function runModule(path, job) {
  const child = ours(fork(path, { serialization: 'advanced' }));
  const ended = once(child, 'exit').then(([exitCode]) => {
    throw new Error(`${path} ended with ${exitCode}`);
  });
  child.send(job);
  const [result] = await Promise.race([once(child, 'message'), ended]);
  await ended.catch(() => {});
  return result;
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

/** Nothing of the caller's own settings. */
export function environment(env = {}) {
  return { PATH: process.env.PATH, ...env };
}
