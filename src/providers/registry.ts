import { fictional } from './fictional.ts';
import { oddpost } from './oddpost.ts';
import type { Provider } from './provider.ts';

/** The providers that are part of the program, by name. */
export const builtInProviders: ReadonlyMap<string, Provider> = new Map(
  [fictional, oddpost].map((provider) => [provider.name, provider]),
);
