import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { HttpResponse, http } from 'msw';
import { expect, test as plainTest } from 'vitest';
import { anAddress, anOrder } from '../support/factories.ts';
import { at, startProvider } from '../support/provider-server.ts';
import { temporaryFolder } from '../support/workspace.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const EXAMPLE = 'node_modules/shipctl/fixtures/outside-provider';
const run = promisify(execFile);

/** Somebody's folder with the packed program in it, and better-sqlite3 as npm would have installed it. */
const test = plainTest.extend<{ folder: string }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of what it needs from it
  folder: async ({}, use) => {
    const folder = temporaryFolder();
    const installed = join(folder, 'node_modules/shipctl');
    mkdirSync(installed, { recursive: true });
    symlinkSync(join(CHECKOUT, 'node_modules/better-sqlite3'), join(folder, 'node_modules/better-sqlite3'));
    const cache = ['--cache', join(folder, 'npm-cache')];
    await run('npm', ['pack', '--pack-destination', folder, ...cache], { cwd: aCheckoutWithoutScripts() });
    const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
    await run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components=1']);
    await use(folder);
  },
});

/** npm 10 runs "prepare" before it packs, whatever it is told: that would build the program anew under the other tests. */
function aCheckoutWithoutScripts(): string {
  const copy = temporaryFolder();
  for (const name of readdirSync(CHECKOUT)) {
    if (name === 'node_modules' || name.startsWith('.')) continue;
    cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
  }
  const manifest = join(copy, 'package.json');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), scripts: {} }));
  return copy;
}

test('the packed program ships by a provider from outside', async ({ folder }) => {
  const { url, received } = await startProvider(
    http.post(at('/parcels'), () => new HttpResponse(null, { status: 201 })),
  );
  const shipctl = program(folder, {
    SHIPCTL_PROVIDERS: './provider.mjs',
    SHIPCTL_TIDYPOST_URL: url,
    SHIPCTL_TIDYPOST_API_KEY: 'sesame',
  });
  copyExample(folder, 'provider.mjs');
  const orders = [anOrder({ provider: 'tidypost' })];

  const seeded = await shipctl(['seed', ordersFile(folder, orders)]);
  const shipped = await shipctl(['ship-due', '--json']);
  const status = await shipctl(['status', 'co-1', '--json']);

  expect([seeded, shipped, status]).toMatchObject([{ code: 0 }, { code: 0, stderr: '' }, { code: 0 }]);
  expect(JSON.parse(shipped.stdout).counts).toMatchObject({ due: 1, accepted: 1 });
  expect(JSON.parse(status.stdout).shipments).toMatchObject([{ provider: 'tidypost', status: 'sent' }]);
  expect(received).toMatchObject([{ method: 'POST', path: '/parcels' }]);
  expect(received[0]?.headers.get('x-api-key')).toBe('sesame');
  expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({ ref: 'co-1', contents: [['it-1', 2, 10]] });
});

test('a provider from outside can be a package, and has its own limits', async ({ folder }) => {
  const home = join(folder, 'node_modules/@acme/shipctl-provider');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{"name":"@acme/shipctl-provider","exports":"./provider.mjs"}');
  copyExample(folder, 'provider.mjs', home);
  const shipctl = program(folder, { SHIPCTL_PROVIDERS: '@acme/shipctl-provider' });
  const tooLong = anAddress({ recipient: 'Maximiliane Wolkenstein-Trostburg' });
  const orders = [anOrder({ provider: 'tidypost', delivery_address: tooLong })];

  const seeded = await shipctl(['seed', ordersFile(folder, orders)]);

  expect(seeded).toMatchObject({ code: 2, stdout: '' });
  expect(seeded.stderr).toContain('has 33 characters, and tidypost takes 30');
});

test('the suite passes for the example, and names the rule that a wrong one breaks', async ({ folder }) => {
  copyExample(folder, 'provider.mjs');
  copyExample(folder, 'contract.mjs');
  const testing = () => execute(folder, [process.execPath, '--test', '--test-reporter=tap', 'contract.mjs']);

  const right = await testing();
  const source = readFileSync(join(folder, 'provider.mjs'), 'utf8');
  writeFileSync(join(folder, 'provider.mjs'), source.replace("'DONE', 'delivered'", "'DONE', 'in-transit'"));
  const wrong = await testing();

  expect(right.code).toBe(0);
  expect(right.stdout).toMatch(/^# pass 3\d$/m);
  expect(right.stdout).toMatch(/^# fail 0$/m);
  expect(wrong.code).toBe(1);
  expect(wrong.stdout.match(/(?<=^not ok \d+ - ).*$/gm)).toEqual([
    'every code of its vocabulary means what it should',
    'each of the four events comes up, but for those that it never reports',
  ]);
});

test('modules that do not fit are refused at start, all at once', async ({ folder }) => {
  const files = {
    'wrong.mjs':
      "export const provider = { name: 'Tidy Post', timezone: 'Europe/Pari', limits: { line_1: 30 } };",
    'other-name.mjs': 'export const tidypost = {};',
    'default.mjs': "export { provider as default } from './tidypost.mjs';",
    'throws.mjs': "throw new Error('sorry');",
    'taken.mjs': "export { provider } from './tidypost.mjs';",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  copyExample(folder, 'provider.mjs');
  cpSync(join(folder, 'provider.mjs'), join(folder, 'tidypost.mjs'));
  const modules = [
    './provider.mjs',
    '@acme/none',
    './none.mjs',
    ...Object.keys(files).map((name) => `./${name}`),
  ];
  const shipctl = program(folder, { SHIPCTL_PROVIDERS: modules.join(','), SHIPCTL_PORT: 'http' });

  const refused = await shipctl(['status', '--json']);

  expect(refused).toMatchObject({ code: 12, stdout: '' });
  const { error } = JSON.parse(refused.stderr);
  expect(error.code).toBe('configuration');
  expect(error.problems.map(({ path, message }: Record<string, string>) => `${path}: ${message}`)).toEqual([
    `@acme/none: can't be loaded: no such package in ${folder} (a file begins with ./)`,
    "./none.mjs: can't be loaded: there is no such file",
    './wrong.mjs: provider.name must be 1 to 35 lower-case letters, digits and single hyphens, the first one a letter, not "Tidy Post"',
    './wrong.mjs: provider.defaultUrl is missing',
    './wrong.mjs: provider.timezone must be an IANA time zone such as Europe/Paris, not "Europe/Pari"',
    './wrong.mjs: provider.limits unknown field "line_1" (did you mean line1?)',
    './wrong.mjs: provider.repeatedOrders is missing',
    './wrong.mjs: provider.body is missing',
    './wrong.mjs: provider.request is missing',
    './wrong.mjs: provider.outcome is missing',
    './other-name.mjs: has no export named provider',
    './default.mjs: has no export named provider',
    "./throws.mjs: can't be loaded: sorry",
    './taken.mjs: provider.name "tidypost" is taken already, by ./provider.mjs',
    'SHIPCTL_PORT: must be a whole number from 0 to 65535, not "http"',
  ]);
});

test('the package has types, and no tests', async ({ folder }) => {
  copyExample(folder, 'provider.mjs');
  copyExample(folder, 'contract.mjs');
  const mistake =
    "import type { Provider } from 'shipctl/provider';\nexport const provider: Provider = { name: 7 };\n";
  writeFileSync(join(folder, 'mistake.mts'), mistake);
  const options = '--noEmit --strict --allowJs --module nodenext --target es2023 --types node'.split(' ');
  const typeRoots = ['--typeRoots', join(CHECKOUT, 'node_modules/@types')];
  const check = (...files: string[]) =>
    execute(folder, [join(CHECKOUT, 'node_modules/.bin/tsc'), ...options, ...typeRoots, ...files]);

  const right = await check('provider.mjs', 'contract.mjs');
  const wrong = await check('mistake.mts');

  expect(right).toMatchObject({ code: 0, stdout: '' });
  expect(wrong.stdout).toContain("Type 'number' is not assignable to type 'string'");
  expect(readdirSync(join(folder, 'node_modules/shipctl')).sort()).toEqual([
    'LICENSE',
    'README.md',
    'bin',
    'dist',
    'fixtures',
    'package.json',
  ]);
});

/** The installed program, run in the folder. */
function program(folder: string, env: Record<string, string>) {
  return (args: readonly string[]) =>
    execute(folder, [process.execPath, 'node_modules/shipctl/bin/shipctl.js', ...args], env);
}

async function execute(
  cwd: string,
  [command = '', ...args]: readonly string[],
  env: Record<string, string> = {},
) {
  return run(command, args, { cwd, env: { PATH: process.env.PATH, ...env } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (failed: { code: number; stdout: string; stderr: string }) => failed,
  );
}

function copyExample(folder: string, file: string, to = folder): void {
  cpSync(join(folder, EXAMPLE, file), join(to, file));
}

function ordersFile(folder: string, orders: readonly object[]): string {
  writeFileSync(join(folder, 'orders.json'), JSON.stringify(orders));
  return 'orders.json';
}
