import { expect, test } from 'vitest';
import { fictional } from '../../src/providers/fictional.ts';
import { isProvider } from '../../src/providers/fit.ts';

const SECRET_URL = 'https://user:hunter2@carrier.example';

test.each([
  [undefined, 'has no export named provider'],
  ['tidypost', 'provider must be an object, not "tidypost"'],
  [{ ...fictional, defaultUrl: 7 }, 'provider.defaultUrl must be text, not 7'],
  [
    { ...fictional, defaultUrl: SECRET_URL },
    'provider.defaultUrl must be an http:// or https:// URL without credentials, query and fragment',
  ],
  [{ ...fictional, body: '{}' }, 'provider.body must be a function, not "{}"'],
  [
    { ...fictional, limits: { city: 36 } },
    'provider.limits.city must be a whole number from 1 to 35, not 36',
  ],
  [
    { ...fictional, limits: { item_id: 12, colour: 3 } },
    'provider.limits unknown field "item_id" (did you mean itemId?), "colour"',
  ],
  [
    { ...fictional, repeatedOrders: { kind: 'maybe' } },
    'provider.repeatedOrders.kind must be recognised, look-up or unrecognised',
  ],
  [
    { ...fictional, repeatedOrders: 'recognised' },
    'provider.repeatedOrders must be an object with a kind, not "recognised"',
  ],
  [
    { ...fictional, webhook: { ...fictional.webhook, tracks: 'order' } },
    'provider.webhook.tracks must be shipment-id or tracking-number, not "order"',
  ],
  [{ ...fictional, webhook: null }, 'provider.webhook must be an object or left out, not null'],
  [{ ...fictional, webhook: () => {} }, 'provider.webhook must be an object or left out, not a function'],
])('a provider that does not fit is told why: %#', (value, problem) => {
  const problems: string[] = [];

  expect(isProvider(value, (message) => problems.push(message))).toBe(false);

  expect(problems).toEqual([problem]);
});

test('a provider may have more than a provider must have', () => {
  const problems: string[] = [];
  const repeatedOrders = {
    kind: 'look-up',
    settleSeconds: 0.5,
    request: () => {},
    reading: () => {},
    more: 1,
  };

  expect(
    isProvider({ ...fictional, repeatedOrders, webhook: undefined, more: 1 }, (problem) =>
      problems.push(problem),
    ),
  ).toBe(true);

  expect(problems).toEqual([]);
});
