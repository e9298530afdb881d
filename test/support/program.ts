import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const PROGRAM = fileURLToPath(new URL('../../bin/shipctl.js', import.meta.url));

export interface ProgramOptions {
  cwd: string;
  env?: Record<string, string>;
  /** Another copy of it. */
  program?: string;
}

export interface ProgramResult {
  /** Null where a signal ended it. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it with literals
  json(): any;
}

/** Starts the built program as a process of its own; it is ended with the test at the latest. */
export function startProgram(args: readonly string[], { cwd, env = {}, program = PROGRAM }: ProgramOptions) {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const stdout = text(child.stdout);
  const stderr: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => stderr.push(chunk));
  const ended = once(child, 'close').then(async ([exitCode]): Promise<ProgramResult> => {
    const printed = await stdout;
    return { exitCode, stdout: printed, stderr: stderr.join(''), json: () => JSON.parse(printed) };
  });
  return { child, ended };
}

export function runProgram(args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return startProgram(args, options).ended;
}

/** Starts `sandbox` or `serve-webhooks` and waits until its log says where it listens. */
export async function startServer(args: readonly string[], options: ProgramOptions) {
  const { child, ended } = startProgram([...args, '--log-format', 'json'], options);
  const url = await addressOf(child);
  return { child, ended, url };
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stderr) throw new Error('standard error is not piped');
  for await (const line of createInterface(child.stderr)) {
    const entry: { url?: string } = JSON.parse(line);
    if (entry.url === undefined) continue;
    child.stderr.resume();
    return entry.url;
  }
  throw new Error('the server ended before it listened');
}
