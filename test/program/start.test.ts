import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from '../support/program.ts';
import { temporaryFolder } from '../support/workspace.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));

// Node 20 can't.
test.skipIf(!('enableCompileCache' in module))(
  'lets Node keep what it compiled, for the next start',
  async () => {
    const cwd = temporaryFolder();
    const env = { NODE_COMPILE_CACHE: join(cwd, 'compiled') };

    await runProgram(['--help'], { cwd, env });

    expect(readdirSync(join(cwd, 'compiled'))).toHaveLength(1);
  },
);

test('is built with all that it needs to place what is wrong with a file', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'orders.json'), '[1,\n]');

  const result = await runProgram(['seed', 'orders.json'], { cwd });

  expect(result.stderr).toContain(
    'error: orders.json is not JSON: line 2, column 1: expected a value, found "]".',
  );
});

test('tells how to build it where it is not built', async () => {
  const copy = copyOf('bin', 'package.json');

  const result = await runProgram(['status'], { cwd: copy, program: join(copy, 'bin/shipctl.js') });

  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.stderr).toMatch(
    /^error: shipctl can't be loaded: Cannot find module '.*main.cjs'\nhint: Build it with "npm ci" .*\n$/,
  );
});

test('the lock file says that npm is to compile nothing of SQLite', () => {
  const { packages } = JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8'));

  // npm 10 and 11 read it here and nowhere else when they install by it, and leave it out when they write it.
  expect(packages['node_modules/better-sqlite3']).toMatchObject({ gypfile: false });
});

test('says that it needs a newer Node', async () => {
  const cwd = temporaryFolder();
  writeFileSync(
    join(cwd, 'older.cjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });",
  );

  const result = await runProgram(['--version'], { cwd, env: { NODE_OPTIONS: '--require ./older.cjs' } });

  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(result.stderr).toMatch(
    /^error: shipctl needs Node 20.19 or newer, and this is 20.18.3.\nhint: .*\n$/,
  );
});

const INSTALLED = join(CHECKOUT, 'node_modules/better-sqlite3');
const { version: INSTALLED_VERSION } = JSON.parse(readFileSync(join(INSTALLED, 'package.json'), 'utf8'));

test.each([
  {
    what: 'is for another Node',
    install: (to: string) => {
      mkdirSync(to, { recursive: true });
      writeFileSync(join(to, 'package.json'), '{ "version": "11.0.0" }');
    },
    reason: 'better-sqlite3 11.0.0 is for another Node',
  },
  {
    what: 'is of another machine',
    install: (to: string) => copySqlite(to, (native) => writeFileSync(native, 'not for this one')),
    reason: /\.node: (file too short|invalid ELF header|.*not.*)/,
  },
  {
    what: 'was not compiled or has no file for this machine',
    install: (to: string) => copySqlite(to, rmSync),
    reason: /Could not locate the bindings file|Cannot find module '.*better_sqlite3.node'/,
  },
  { what: 'is missing', install: () => {}, reason: "Cannot find module 'better-sqlite3/package.json'" },
])('tells how to install SQLite again where it $what', async ({ install, reason }) => {
  const copy = copyOf('bin', 'dist', 'package.json');
  install(join(copy, 'node_modules/better-sqlite3'));

  const result = await runProgram(['migrate'], { cwd: copy, program: join(copy, 'bin/shipctl.js') });

  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  const [message = '', hint] = result.stderr.split('\n');
  expect(message).toContain(`error: SQLite can't be loaded by Node ${process.version}: `);
  expect(message).toMatch(reason);
  expect(hint).toBe(
    `hint: Run "npm install --no-save better-sqlite3@${INSTALLED_VERSION}", scripts allowed, with this Node where shipctl is installed.`,
  );
});

/** What npm installed, with something done to its native code: compiled here, or brought along for this machine. */
function copySqlite(to: string, spoil: (native: string) => void): void {
  const modules = join(to, '..');
  for (const name of ['better-sqlite3', 'bindings', 'file-uri-to-path']) {
    const from = join(CHECKOUT, 'node_modules', name);
    if (existsSync(from)) cpSync(from, join(modules, name), { recursive: true, filter: isNeeded });
  }
  for (const entry of readdirSync(to, { recursive: true, encoding: 'utf8' })) {
    if (entry.endsWith('.node')) spoil(join(to, entry));
  }
}

/** Not the sources. */
function isNeeded(path: string): boolean {
  return !/better-sqlite3\/(deps|src)$|build\/Release\/obj/.test(path);
}

test('does not say that nothing is due where a part of it is missing', async () => {
  const copy = copyOf('bin', 'dist', 'package.json', 'fixtures');
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'));
  rmSync(join(copy, 'dist/undici.cjs'));
  const program = join(copy, 'bin/shipctl.js');
  await runProgram(['seed'], { cwd: copy, program });

  const told = await runProgram(['ship-due'], { cwd: copy, program });
  const counted = await runProgram(['ship-due', '--json'], { cwd: copy, program });

  expect(told).toMatchObject({ exitCode: 1 });
  expect(told.stdout).toMatch(/^Nothing that is due on [\d-]+ was claimed\.\n$/);
  expect(told.stderr).toContain('undici.cjs');
  expect(counted.json()).toMatchObject({ counts: { due: 0 }, left: null, providers: {} });
});

test('fails where what it waits for never comes', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'hangs.mjs'), 'await new Promise(() => {}); export const provider = {};');
  const env = { SHIPCTL_PROVIDERS: './hangs.mjs' };

  const result = await runProgram(['ship-due', '--json'], { cwd, env });

  expect(result).toMatchObject({ exitCode: 1, stdout: '' });
  expect(JSON.parse(result.stderr).error.message).toContain('ended before it was done');
});

function copyOf(...names: readonly string[]): string {
  const copy = temporaryFolder();
  for (const name of names) cpSync(join(CHECKOUT, name), join(copy, name), { recursive: true });
  return copy;
}
