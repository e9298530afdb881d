import nodeModule from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf, type Problem } from '../errors.ts';
import { printable } from '../log.ts';
import { reasonOf } from './door.ts';
import { isProvider } from './fit.ts';
import type { Provider } from './provider.ts';

/** Loads the ES module at a URL, as `import()` does. */
export type ImportModule = (url: string) => Promise<Readonly<Record<string, unknown>>>;

/**
 * The providers of the program and those that modules export as `provider`. A module that is not found, throws or
 * does not fit is left out, and what is wrong with it is among the problems.
 *
 * @param modules - files (`./…`, `../…` or absolute) and packages.
 * @param folder - where files and packages are looked for.
 */
export async function loadProviders(
  modules: readonly string[],
  {
    folder,
    builtIn,
    importModule,
  }: { folder: string; builtIn: ReadonlyMap<string, Provider>; importModule: ImportModule },
): Promise<{ providers: ReadonlyMap<string, Provider>; problems: readonly Problem[] }> {
  const providers = new Map(builtIn);
  const problems: Problem[] = [];
  const origins = new Map<string, string>();
  for (const module of modules) {
    const report = (message: string) => problems.push({ path: module, message });
    const candidate = await importProvider(module, folder, importModule).catch((error: unknown) => {
      report(`can't be loaded: ${lineOf(error)}`);
      return FAILED;
    });
    const found = candidate === FAILED ? undefined : readProvider(candidate, report);
    if (!found) continue;
    const { name, provider } = found;
    if (providers.has(name)) {
      report(`provider.name "${name}" is taken already, by ${origins.get(name) ?? 'shipctl itself'}`);
      continue;
    }
    providers.set(name, provider);
    origins.set(name, module);
  }
  return { providers, problems };
}

const FAILED = Symbol('failed');

/** Undefined where it does not fit; its fields may be code, which may throw. */
function readProvider(candidate: unknown, report: (problem: string) => void) {
  try {
    return isProvider(candidate, report) ? { name: candidate.name, provider: candidate } : undefined;
  } catch (error) {
    report(`can't be read: ${lineOf(error)}`);
    return undefined;
  }
}

async function importProvider(module: string, folder: string, importModule: ImportModule): Promise<unknown> {
  const { href } = pathToFileURL(
    /^\.{0,2}\//.test(module) ? resolve(folder, module) : packageFile(module, folder),
  );
  try {
    const { provider } = await importModule(href);
    return provider;
  } catch (error) {
    if (error instanceof Error && 'url' in error && error.url === href)
      throw new Error('there is no such file');
    throw error;
  }
}

/** Paths of modules come with it, so it is longer than other excerpts. */
const MAX_LINE_LENGTH = 1_000;

/** The first line of what was thrown. */
function lineOf(error: unknown): string {
  return printable((reasonOf(error).split('\n')[0] ?? '').slice(0, MAX_LINE_LENGTH));
}

function packageFile(name: string, folder: string): string {
  try {
    return nodeModule.createRequire(join(folder, '_')).resolve(name);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'MODULE_NOT_FOUND') throw new Error(`no such package in ${folder} (a file begins with ./)`);
    if (code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    throw new Error('its package.json exports nothing under this name and the condition "default"');
  }
}
