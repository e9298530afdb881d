import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';
import type { Clock } from '../../src/clock.ts';
import { main } from '../../src/main.ts';
import { clockShowing } from './clock.ts';

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** Standard output, parsed; throws where it is not exactly one JSON document. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it with literals
  json(): any;
}

export interface CliOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: string;
  /** RFC 3339: what the clock shows at the start. Default: the real time. */
  now?: string;
  /** How it waits; default: for real. */
  sleep?: Clock['sleep'];
}

/** Runs a command line in this process, with everything it prints captured. */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const running = startCli(args, options);
  return running.ended;
}

/** Like `runCli` for commands that run until they are stopped. */
export function startCli(args: readonly string[], options: CliOptions) {
  const signals = new EventEmitter();
  const stdout = capture();
  const stderr = capture();
  const io: Io = {
    argv: ['node', 'shipctl', ...args],
    env: options.env ?? {},
    cwd: () => options.cwd,
    stdin: options.stdin === undefined ? new PassThrough().end() : Readable.from([options.stdin]),
    stdout: stdout.stream,
    stderr: stderr.stream,
    pid: 0,
    kill: (_pid, signal) => signals.emit(`killed by ${signal}`),
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
  };
  const offsetMs = options.now === undefined ? 0 : Date.parse(options.now) - Date.now();
  const ended = main(
    io,
    { importModule: (url) => import(url) },
    { ...clockShowing(() => Date.now() + offsetMs), ...(options.sleep && { sleep: options.sleep }) },
  ).then(
    (exitCode): CliResult => ({
      exitCode,
      stdout: stdout.text(),
      stderr: stderr.text(),
      json: () => JSON.parse(stdout.text()),
    }),
  );
  return {
    ended,
    stdout: stdout.text,
    stderr: stderr.text,
    stop: (signal: 'SIGINT' | 'SIGTERM') => signals.emit(signal),
  };
}

function capture() {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
