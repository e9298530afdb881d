import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { temporaryDatabase, temporaryFolder } from '../support/workspace.ts';

/** What a person sees of an error: what happened, what to do, and no stack trace. */
const MESSAGE_AND_HINT = /^error: .+\n(?: {2}.+\n)*hint: .+\n$/;

describe('an error', () => {
  it.each([['status'], ['ship-due'], ['ship-due', '--dry-run'], ['serve-webhooks', '--port', '0']])(
    'of "%s %s" without a database says how to create one, and creates none',
    async (...args) => {
      const cwd = temporaryFolder();

      const run = await runCli(args.filter(Boolean), { cwd });

      expect(run).toMatchObject({ exitCode: 10, stdout: '' });
      expect(run.stderr).toMatch(MESSAGE_AND_HINT);
      expect(run.stderr).toContain('shipctl seed');
      expect(run.stderr).toContain(join(cwd, 'shipctl.db'));
      expect((await runCli(args.filter(Boolean), { cwd })).exitCode).toBe(10);
    },
  );

  it('names a file that is no database, and leaves it as it is', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'notes.txt'), 'not a database, but longer than a hundred bytes '.repeat(20));

    const run = await runCli(['migrate', '--db', 'notes.txt'], { cwd });

    expect(run).toMatchObject({ exitCode: 10, stdout: '' });
    expect(run.stderr).toMatch(/notes\.txt is not a shipctl database/);
    expect(readFileSync(join(cwd, 'notes.txt'), 'utf8')).toMatch(/^not a database/);
  });

  it("refuses another program's database, and leaves it as it is", async () => {
    const cwd = temporaryFolder();
    const other = new BetterSqlite3(join(cwd, 'other.db'));
    other.exec('create table music (title text)');
    other.close();
    const before = readFileSync(join(cwd, 'other.db'));

    const run = await runCli(['seed', '--db', 'other.db'], { cwd });

    expect(run.exitCode).toBe(10);
    expect(run.stderr).toMatch(/belongs to another program/);
    expect(readFileSync(join(cwd, 'other.db')).equals(before)).toBe(true);
  });

  it('refuses a database of a newer version', async () => {
    const { path, close } = await temporaryDatabase();
    await close();
    const newer = new BetterSqlite3(path);
    newer.pragma('user_version = 99');
    newer.close();

    const run = await runCli(['status', '--db', path], { cwd: temporaryFolder() });

    expect(run.exitCode).toBe(10);
    expect(run.stderr).toMatch(/newer shipctl \(schema 99/);
  });

  it('finds a damaged database', async () => {
    const cwd = temporaryFolder();
    await runCli(['seed', '--generate', '500'], { cwd });
    const file = readFileSync(join(cwd, 'shipctl.db'));
    file.fill(0xa5, 4096, file.length);
    writeFileSync(join(cwd, 'shipctl.db'), file);

    const run = await runCli(['status'], { cwd });

    expect(run).toMatchObject({ exitCode: 10, stdout: '' });
    expect(run.stderr).toMatch(/is damaged/);
  });

  it.each([
    ['a folder', (cwd: string) => mkdirSync(join(cwd, 'shipctl.db')), /is a folder/],
    ['an empty file', (cwd: string) => writeFileSync(join(cwd, 'shipctl.db'), ''), /no database/],
  ])('says that %s is no database', async (_name, prepare, message) => {
    const cwd = temporaryFolder();
    prepare(cwd);

    const run = await runCli(['status'], { cwd });

    expect(run.exitCode).toBe(10);
    expect(run.stderr).toMatch(message);
  });

  it('says that the folder for a new database is missing', async () => {
    const run = await runCli(['seed', '--db', 'no/such/folder/x.db'], { cwd: temporaryFolder() });

    expect(run.exitCode).toBe(10);
    expect(run.stderr).toMatch(/folder does not exist/);
  });

  it('reports every problem of the configuration at once, without showing a secret', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, '.env'), 'SHIPCTL_PORT=http\n');

    const run = await runCli(['status'], {
      cwd,
      env: {
        SHIPCTL_TIMEZONE: 'Europe/Lodnon',
        SHIPCTL_FICTIONAL_URL: 'https://user:sesame@example.test',
        SHIPCTL_FICTIONAL_TIMEOUT_MS: '-1',
        SHIPCTL_FICTIONAL_RATE_LIMIT: 'many',
        SHIPCTL_FICTIONAL_API_KEY_FILE: '/no/such/file',
        SHIPCTL_FICTIONAL_APIKEY: 'sesame',
      },
    });

    expect(run).toMatchObject({ exitCode: 12, stdout: '' });
    expect(run.stderr.match(/^ {2}SHIPCTL_\w+/gm)?.sort()).toEqual([
      '  SHIPCTL_FICTIONAL_APIKEY',
      '  SHIPCTL_FICTIONAL_API_KEY_FILE',
      '  SHIPCTL_FICTIONAL_RATE_LIMIT',
      '  SHIPCTL_FICTIONAL_TIMEOUT_MS',
      '  SHIPCTL_FICTIONAL_URL',
      '  SHIPCTL_PORT',
      '  SHIPCTL_TIMEZONE',
    ]);
    expect(run.stderr).not.toContain('sesame');
  });

  it('is not made by an empty variable, nor by a secret in the environment beside one in .env', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, '.env'), 'SHIPCTL_DB=from-file.db\nSHIPCTL_FICTIONAL_API_KEY=a\n');
    writeFileSync(join(cwd, 'key'), 'b\n');

    const run = await runCli(['migrate', '--json'], {
      cwd,
      env: { SHIPCTL_DB: '', SHIPCTL_FICTIONAL_API_KEY_FILE: join(cwd, 'key') },
    });

    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect(run.json().database).toBe(join(cwd, 'from-file.db'));
  });

  it('is one line of JSON with --json, also for a flag that does not exist', async () => {
    const cwd = temporaryFolder();

    const missing = await runCli(['status', '--json'], { cwd });
    const misspelled = await runCli(['status', '--json', '--verbos'], { cwd });

    expect(missing.stdout).toBe('');
    expect(JSON.parse(missing.stderr)).toEqual({
      error: {
        code: 'database',
        message: `There is no database at ${join(cwd, 'shipctl.db')}.`,
        hint: expect.stringContaining('shipctl seed'),
      },
    });
    expect(misspelled.exitCode).toBe(2);
    expect(JSON.parse(misspelled.stderr)).toEqual({
      error: { code: 'usage', message: "unknown option '--verbos'", hint: 'Did you mean --verbose?' },
    });
  });

  it.each([[['stauts']], [[]], [['status', 'co-1', 'co-2']], [['--log-format', 'xml', 'status']]])(
    'of wrong usage (%j) has exit code 2',
    async (args) => {
      const run = await runCli(args, { cwd: temporaryFolder() });

      expect(run).toMatchObject({ exitCode: 2, stdout: '' });
      expect(run.stderr).toMatch(MESSAGE_AND_HINT);
    },
  );

  it.each(['serve-webhooks', 'sandbox'])('of %s on a port in use says so', async (command) => {
    const { path } = await temporaryDatabase();
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;

    const run = await runCli([command, '--port', String(port), '--db', path, '--quiet'], {
      cwd: temporaryFolder(),
    });

    expect(run).toMatchObject({ exitCode: 12, stdout: '' });
    expect(run.stderr).toMatch(MESSAGE_AND_HINT);
    expect(run.stderr).toContain(String(port));
  });

  it('gives the nearest existing order for one that does not exist', async () => {
    const cwd = temporaryFolder();
    await runCli(['seed'], { cwd });

    const run = await runCli(['status', 'co1'], { cwd });

    expect(run).toMatchObject({ exitCode: 5, stdout: '' });
    expect(run.stderr).toBe('error: There is no order or shipment "co1".\nhint: Did you mean co-1?\n');
  });
});

describe('help', () => {
  it.each([[['--help']], [['ship-due', '--help']], [['seed', '-h']], [['--json', 'status', '--help']]])(
    'of %j goes to standard output and has examples or commands',
    async (args) => {
      const run = await runCli(args, { cwd: temporaryFolder() });

      expect(run).toMatchObject({ exitCode: 0, stderr: '' });
      expect(run.stdout).toMatch(/Examples:|Commands:/);
    },
  );

  it('tells the version', async () => {
    expect(await runCli(['--version'], { cwd: temporaryFolder() })).toMatchObject({
      exitCode: 0,
      stdout: '0.1.0\n',
    });
  });
});
