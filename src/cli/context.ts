import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { type ProviderSettings, providerModules, readConfig, readEnvironment } from '../config.ts';
import { CommandError } from '../errors.ts';
import { createLog, type Log } from '../log.ts';
import { allProviders } from '../providers/registry.ts';
import type { CommandContext } from './command.ts';
import type { Host, Io } from './io.ts';
import type { OnLeftBehind } from './left-behind.ts';
import { createOutput } from './output.ts';
import type { GlobalOptions } from './program.ts';

/** What a command is given, from the environment and the global options. */
export async function createContext(
  io: Io,
  { clock, importModule, startStoreThread, onLeftBehind }: Host & { clock: Clock },
  options: GlobalOptions,
): Promise<CommandContext> {
  const folder = workingDirectory(io);
  const environment = readEnvironment(io.env, folder);
  const outside = { modules: providerModules(environment), folder };
  const log = createLog({
    write: (line) => io.stderr.write(line),
    format: options.logFormat,
    from: options.quiet ? 'error' : options.verbose ? 'debug' : 'info',
    clock,
  });
  // Without code from outside such a promise is a bug of our own, which ends the process.
  const hide = outside.modules.length > 0 && onLeftBehind && (await tellOfLeftBehind(onLeftBehind, log));
  const { providers, problems } = await allProviders(outside, importModule);
  const { config, unknown } = readConfig(environment, [...providers.values()], problems);
  if (hide) hide([...config.providers.values()].flatMap(secretsOf));
  const databasePath = resolve(folder, options.db ?? config.databasePath);
  const context: CommandContext = {
    io,
    config: { ...config, databasePath },
    providers,
    startStoreThread: startStoreThread && (() => startStoreThread({ databasePath, outside })),
    output: createOutput(io, {
      json: options.json === true,
      quiet: options.quiet === true,
      color: options.color,
    }),
    log,
    clock,
  };
  for (const name of unknown) {
    log.warn(`${name} is not a setting of shipctl, nor of a provider that it knows: it has no effect`);
  }
  return context;
}

async function tellOfLeftBehind(onLeftBehind: OnLeftBehind, log: Log) {
  const leftBehind = await import('./left-behind.ts');
  return leftBehind.tellOfLeftBehind(onLeftBehind, log);
}

function secretsOf({ apiKey, webhookSecrets }: ProviderSettings): string[] {
  return [...(apiKey === undefined ? [] : [apiKey]), ...webhookSecrets.values];
}

function workingDirectory(io: Io): string {
  try {
    return io.cwd();
  } catch (cause) {
    throw new CommandError('configuration', 'The working directory does not exist any more.', {
      hint: 'Change to one that does.',
      cause,
    });
  }
}
