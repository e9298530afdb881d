import { CommanderError } from '@commander-js/extra-typings';
import type { Ending } from './cli/command.ts';
import type { Host, Io } from './cli/io.ts';
import { createProgram, type Start } from './cli/program.ts';
import { renderError } from './cli/render-error.ts';
import { type Clock, systemClock } from './clock.ts';
import type { serveStore as serve } from './dispatch/claims/thread/server.ts';
import { CommandError, codeOf, type ErrorCode } from './errors.ts';

/** The promise that crontabs and scripts rely on; 130 and 143 are what shells report for these signals. */
const EXIT_CODES = {
  done: 0,
  unexpected: 1,
  usage: 2,
  invalid_orders: 2,
  not_taken: 3,
  provider_unavailable: 4,
  provider_rejecting: 4,
  not_found: 5,
  database: 10,
  database_locked: 11,
  configuration: 12,
  provider_unauthorized: 12,
  provider_wrong_address: 12,
  SIGINT: 130,
  SIGTERM: 143,
} as const satisfies Record<Ending | ErrorCode, number>;

/** Runs one command line and returns its exit code. Nothing is thrown out of here. */
export async function main(io: Io, host: Host, clock: Clock = systemClock): Promise<number> {
  let resultLost: NodeJS.ErrnoException | undefined;
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that has seen enough (`| head`) closes the pipe: no reason to fail, nor to stop the work.
    if (error.code !== 'EPIPE') resultLost = error;
  });
  // A log that can't be written (a full disk) must not stop what it would tell of.
  io.stderr.on('error', () => {});
  // Known before the flags are read, since a flag can be what is wrong.
  const json = io.argv.includes('--json');
  let ending: Ending = 'done';

  const start: Start = async (options, load, flags, ...args) => {
    // Not before a command runs: --version and --help need none of it.
    const [{ createContext }, { run }] = await Promise.all([import('./cli/context.ts'), load()]);
    const context = await createContext(io, { clock, ...host }, options);
    return run(context, flags, ...args);
  };

  try {
    const program = createProgram(start, (result) => {
      ending = result;
    });
    // Usage errors are rendered below like all others; help that was asked for is a result.
    program.configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: () => {} });
    for (const command of program.commands) command.copyInheritedSettings(program);
    await program.parseAsync([...io.argv.slice(2)], { from: 'user' });
    await flushed(io.stdout);
    if (resultLost) throw resultLost;
    return EXIT_CODES[ending];
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_CODES.done;
    const known = explain(error);
    const verbose = io.argv.some((word) => word === '-v' || word === '--verbose');
    io.stderr.write(
      renderError(known, json, known.code === 'unexpected' && verbose ? originOf(error) : null),
    );
    return EXIT_CODES[known.code];
  }
}

/** For bin/store-thread.js: what the thread runs that `startStoreThread` starts. @public */
export async function serveStore(...args: Parameters<typeof serve>): Promise<void> {
  const { serveStore: serve } = await import('./dispatch/claims/thread/server.ts');
  return serve(...args);
}

/** Resolves when what was written has been taken or has failed. */
function flushed(stream: Io['stdout']): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableLength === 0) setImmediate(resolve);
    else stream.write('', () => resolve());
  });
}

/** Where an error comes from, and what caused it. */
function originOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const origin = error.stack ?? error.message;
  return error.cause === undefined ? origin : `${origin}\ncaused by: ${originOf(error.cause)}`;
}

function explain(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof CommanderError) {
    const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
    return new CommandError('usage', error.code === 'commander.help' ? 'No command given.' : message, {
      hint: suggestion?.replace(/^\(|\)$/g, '') ?? 'See "shipctl --help".',
    });
  }
  if (codeOf(error) === 'ENOSPC') {
    return new CommandError(
      'unexpected',
      "Standard output can't be written: no space is left on its device.",
      {
        hint: 'Free some space. What the command did was done.',
        cause: error,
      },
    );
  }
  return new CommandError('unexpected', error instanceof Error ? error.message : String(error), {
    hint: 'This is a bug in shipctl. Run again with --verbose for its origin, and please report it.',
    cause: error,
  });
}
