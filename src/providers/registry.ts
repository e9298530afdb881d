import type { Problem } from '../errors.ts';
import { fictional } from './fictional.ts';
import type { ImportModule } from './load.ts';
import { oddpost } from './oddpost.ts';
import type { Provider } from './provider.ts';

/** The providers that are part of the program, by name. */
const builtInProviders: ReadonlyMap<string, Provider> = new Map(
  [fictional, oddpost].map((provider) => [provider.name, provider]),
);

/** Modules with providers from outside, as they are configured. */
export interface OutsideProviders {
  modules: readonly string[];
  /** Where files and packages are looked for. */
  folder: string;
}

/** Those of the program, and those of modules from outside with what is wrong with them. */
export async function allProviders(
  { modules, folder }: OutsideProviders,
  importModule: ImportModule,
): Promise<{ providers: ReadonlyMap<string, Provider>; problems: readonly Problem[] }> {
  if (modules.length === 0) return { providers: builtInProviders, problems: [] };
  const { loadProviders } = await import('./load.ts');
  return loadProviders(modules, { folder, builtIn: builtInProviders, importModule });
}
