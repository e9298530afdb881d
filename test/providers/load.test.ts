import { expect, it } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';
import { loadProviders } from '../../src/providers/load.ts';

const throwing = (message: string) => ({
  enumerable: true,
  get(): never {
    throw new Error(message);
  },
});
const tidypost = () => ({ ...fictional, name: 'tidypost', limits: {} });

it.each<[string, () => unknown, string]>([
  ['a name', () => Object.defineProperty(tidypost(), 'name', throwing('boom')), "can't be read: boom"],
  [
    'repeatedOrders',
    () => Object.defineProperty(tidypost(), 'repeatedOrders', throwing('bang')),
    "can't be read: bang",
  ],
  [
    'one of the limits',
    () => ({ ...tidypost(), limits: Object.defineProperty({}, 'recipient', throwing('crash')) }),
    "can't be read: crash",
  ],
])('names the module of which %s throws', async (_what, provider, message) => {
  const importModule = async () => ({ provider: provider() });

  expect(await load(importModule)).toEqual({
    names: ['fictional'],
    problems: [{ path: './odd.mjs', message }],
  });
});

it.each<[string, () => unknown, string]>([
  ['a value without a prototype', () => Object.create(null), "can't be loaded: it failed"],
  [
    'an error whose message is a symbol',
    () => Object.assign(new Error(), { message: Symbol('x') }),
    "can't be loaded: Symbol(x)",
  ],
  ['a long message', () => new Error('x'.repeat(1_000_000)), `can't be loaded: ${'x'.repeat(1_000)}`],
  ['several lines', () => new SyntaxError('no\nsuch'), "can't be loaded: SyntaxError: no"],
])('names the module that throws %s', async (_what, thrown, message) => {
  const importModule = async () => {
    throw thrown();
  };

  expect(await load(importModule)).toEqual({
    names: ['fictional'],
    problems: [{ path: './odd.mjs', message }],
  });
});

async function load(importModule: () => Promise<Record<string, unknown>>) {
  const builtIn = new Map([['fictional', fictional]]);
  const { providers, problems } = await loadProviders(['./odd.mjs'], { folder: '/', builtIn, importModule });
  return { names: [...providers.keys()], problems };
}
