import { resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { providerModules, readConfig, readEnvironment } from '../config.ts';
import { CommandError, type Problem } from '../errors.ts';
import { createLog } from '../log.ts';
import type { ImportModule } from '../providers/load.ts';
import type { Provider } from '../providers/provider.ts';
import { builtInProviders } from '../providers/registry.ts';
import type { CommandContext } from './command.ts';
import type { Io } from './io.ts';
import { createOutput } from './output.ts';
import type { GlobalOptions } from './program.ts';

/** What a command is given, from the environment and the global options. */
export async function createContext(
  io: Io,
  { clock, importModule }: { clock: Clock; importModule: ImportModule },
  options: GlobalOptions,
): Promise<CommandContext> {
  const folder = workingDirectory(io);
  const environment = readEnvironment(io.env, folder);
  const { providers, problems } = await allProviders(providerModules(environment), folder, importModule);
  const { config, unknown } = readConfig(environment, [...providers.values()], problems);
  const context: CommandContext = {
    io,
    config: { ...config, databasePath: resolve(folder, options.db ?? config.databasePath) },
    providers,
    output: createOutput(io, {
      json: options.json === true,
      quiet: options.quiet === true,
      color: options.color,
    }),
    log: createLog({
      write: (line) => io.stderr.write(line),
      format: options.logFormat,
      from: options.quiet ? 'error' : options.verbose ? 'debug' : 'info',
      clock,
    }),
    clock,
  };
  for (const name of unknown) {
    context.log.warn(
      `${name} is not a setting of shipctl, nor of a provider that it knows: it has no effect`,
    );
  }
  return context;
}

/** Those of the program, and those of modules from outside with what is wrong with them. */
async function allProviders(
  modules: readonly string[],
  folder: string,
  importModule: ImportModule,
): Promise<{ providers: ReadonlyMap<string, Provider>; problems: readonly Problem[] }> {
  if (modules.length === 0) return { providers: builtInProviders, problems: [] };
  const { loadProviders } = await import('../providers/load.ts');
  return loadProviders(modules, { folder, builtIn: builtInProviders, importModule });
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
