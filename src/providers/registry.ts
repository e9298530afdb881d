import { fictional } from './fictional.ts';
import type { Provider } from './provider.ts';

/** Every provider there is, by name. */
export const providers: ReadonlyMap<string, Provider> = new Map(
  [fictional].map((provider) => [provider.name, provider]),
);
