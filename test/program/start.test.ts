import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/workspace.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

test('uses what was compiled in the build, of each of its files', () => {
  const { loadBuilt } = require(`${CHECKOUT}/bin/load-built.js`);
  const files = readdirSync(join(CHECKOUT, 'dist')).filter((name) => name.endsWith('.cjs'));

  const rejected = files.map((file) => [file, loadBuilt(file).script.cachedDataRejected]);

  expect(rejected).toEqual([
    ['main.cjs', false],
    ['prom-client.cjs', false],
    ['undici.cjs', false],
  ]);
});

test('does the same by a Node that can’t use what was compiled', async () => {
  const cwd = temporaryFolder();
  // A different V8, as far as compiled code goes.
  const env = { NODE_OPTIONS: '--max-old-space-size=200' };

  const seeded = await runProgram(['seed'], { cwd, env });
  const shown = await runProgram(['status', 'co-1', '--json'], { cwd, env });

  expect([seeded, shown]).toMatchObject([
    { exitCode: 0, stderr: '' },
    { exitCode: 0, stderr: '' },
  ]);
  expect(shown.json()).toMatchObject({ order: { order_id: 'co-1' } });
});

test('tells how to build it where it is not built', async () => {
  const copy = copyOf('bin', 'package.json');

  const result = await runProgram(['status'], { cwd: copy, program: join(copy, 'bin/shipctl.js') });

  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.stderr).toMatch(/^error: shipctl is not built: .*\nhint: Run "npm ci" in its folder\.\n$/);
});

test.each([
  ['is of another machine', (native: string) => writeFileSync(native, 'not for this one')],
  ['is missing', () => {}],
])('tells how to install it again where native code %s', async (_, install) => {
  const copy = copyOf('bin', 'dist', 'package.json');
  const folder = join(copy, 'node_modules/better-sqlite3/build/Release');
  mkdirSync(folder, { recursive: true });
  install(join(folder, 'better_sqlite3.node'));

  const result = await runProgram(['migrate'], { cwd: copy, program: join(copy, 'bin/shipctl.js') });

  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.stderr).toBe(
    `error: SQLite can't be loaded by Node ${process.version} on this machine.\n` +
      'hint: Run "npm rebuild better-sqlite3" where shipctl is installed, with the Node that runs it.\n',
  );
});

function copyOf(...names: readonly string[]): string {
  const copy = temporaryFolder();
  for (const name of names) cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
  return copy;
}
