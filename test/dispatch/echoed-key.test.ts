import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { oddpost } from '../../src/providers/oddpost.ts';
import { anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { openShop } from '../support/shop.ts';

const LONG = `sk/${'Aq9/Zr7-'.repeat(40)}`;
const PASSWORD = 'p/w+Zx9"kLm2vB7nRt4';
const PAIR = `operator-7:${PASSWORD}`;

/** What of a key can be seen: the longest piece of it that is in the text. */
function longestPieceOf(key: string, text: string): number {
  let longest = 0;
  for (let start = 0; start < key.length; start += 1) {
    while (text.includes(key.slice(start, start + longest + 1)) && start + longest < key.length) longest += 1;
  }
  return longest;
}

const json = (text: string) => JSON.stringify(text).slice(1, -1);

it.each<[string, string, string, string]>([
  ['longer than an excerpt', 'fictional', LONG, `No such key: ${LONG}`],
  [
    'longer than an excerpt, in JSON with escaped slashes',
    'fictional',
    LONG,
    `{"error":"${json(LONG).replaceAll('/', '\\/')}"}`,
  ],
  ['cut by the excerpt in its middle', 'fictional', LONG, `${'x'.repeat(186)} ${LONG}`],
  ['only its password', 'oddpost', PAIR, `No such password: ${PASSWORD}`],
  ['only its password, in JSON', 'oddpost', PAIR, `{"password":"${json(PASSWORD).replaceAll('/', '\\/')}"}`],
  ['in a URL', 'oddpost', PAIR, `See /login?password=${encodeURIComponent(PASSWORD)}`],
  [
    'as HTTP Basic has it, cut',
    'oddpost',
    PAIR,
    `${'x'.repeat(190)} ${Buffer.from(PAIR).toString('base64')}`,
  ],
])('a key that the provider repeats is shown nowhere: %s', async (_how, provider, key, said) => {
  const { url } = await startProvider(
    http.post(at('/orders'), () => new HttpResponse(said, { status: 422 })),
    http.post(at('/v2/consignments'), () => new HttpResponse(said, { status: 422 })),
  );
  const shop = await openShop({ url, orders: [anOrder({ provider })] });
  const name = provider.toUpperCase();
  const env = { [`SHIPCTL_${name}_URL`]: url, [`SHIPCTL_${name}_API_KEY`]: key };

  const run = await shop('2026-05-22', 'ship-due', '--json', '--verbose', env);
  const status = await shop('2026-05-22', 'status', 'co-1', '--json');
  const text = await shop('2026-05-22', 'status', 'co-1');

  expect(run.json().problems[0].message).toContain('HTTP 422');
  const shown = [run.stdout, run.stderr, status.stdout, text.stdout].join('\n');
  for (const form of [
    key,
    ...key.split(':'),
    Buffer.from(key).toString('base64'),
    encodeURIComponent(key),
    json(key),
  ]) {
    if (form === 'operator-7') continue;
    expect(longestPieceOf(form, shown)).toBeLessThan(4);
  }
});

it('keeps what the provider said that holds nothing of the key', async () => {
  expect(oddpost.name).toBe('oddpost');
  const { url } = await startProvider(
    http.post(at('/orders'), () => new HttpResponse('No such postcode', { status: 422 })),
  );
  const shop = await openShop({ url, orders: [anOrder()] });

  const run = await shop('2026-05-22', 'ship-due', '--json', { SHIPCTL_FICTIONAL_API_KEY: LONG });

  expect(run.json().problems[0].message).toBe('HTTP 422: No such postcode');
});
