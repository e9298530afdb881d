import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readLedger, until } from '../support/ledger.ts';
import { PROGRAM, runProgram, startProgram, startServer } from '../support/program.ts';
import { temporaryFolder } from '../support/workspace.ts';

const INTERVAL = ['--interval', 'weekly'];

describe('the built program', () => {
  it('gets every order to the provider exactly once, however often that fails or hides its answer', {
    timeout: 300_000,
  }, async () => {
    const { cwd, env, ledger } = await openShop(1_000, [
      '--fail-rate',
      '0.3',
      '--drop-rate',
      '0.3',
      '--seed',
      '7',
    ]);

    const exitCodes: (number | null)[] = [];
    do exitCodes.push((await runProgram(['ship-due', '--json'], { cwd, env })).exitCode);
    while (exitCodes.at(-1) !== 0 && exitCodes.length < 6);

    expect(exitCodes.at(-1)).toBe(0);
    expect(await ledger()).toMatchObject({ unique: 1_000, conflicts: 0 });
    const status = await runProgram(['status', '--json'], { cwd, env });
    expect(status.json().shipments).toMatchObject({ sent: 1_000, pending: 0, sending: 0 });
  });

  it('neither forgets nor doubles a shipment when overlapping runs are killed again and again', {
    timeout: 300_000,
  }, async () => {
    const { cwd, env, ledger } = await openShop(4_000, [
      '--latency',
      '5',
      '--drop-rate',
      '0.02',
      '--seed',
      '3',
    ]);

    for (let kills = 0; kills < 10; kills += 1) {
      const runs = [0, 1].map(() => startProgram(['ship-due', ...INTERVAL, '--json'], { cwd, env }));
      await sleep(150 + Math.random() * 350);
      for (const { child } of runs) child.kill('SIGKILL');
      await Promise.all(runs.map(({ ended }) => ended));
    }
    const exitCodes: (number | null)[] = [];
    do exitCodes.push((await runProgram(['ship-due', ...INTERVAL, '--json'], { cwd, env })).exitCode);
    while (exitCodes.at(-1) !== 0 && exitCodes.length < 4);

    expect(exitCodes.at(-1)).toBe(0);
    expect(await ledger()).toMatchObject({ unique: 4_000, conflicts: 0 });
    const status = (await runProgram(['status', '--json'], { cwd, env })).json();
    expect(status.shipments).toMatchObject({
      sent: 4_000,
      pending: 0,
      sending: 0,
      uncertain: 0,
      rejected: 0,
    });
    expect(status.orders.weekly).toMatchObject({ active: 4_000, due: 0 });
  });

  it('finishes what is under way when it is stopped, gives the rest back and says so', async () => {
    const { cwd, env, ledger } = await openShop(2_000, ['--latency', '50']);
    // Nothing is to be left in doubt because the machine is busy.
    const patient = { ...env, SHIPCTL_FICTIONAL_TIMEOUT_MS: '20000' };

    const run = startProgram(['ship-due', '--json', '--concurrency', '8'], { cwd, env: patient });
    await until(async () => (await ledger()).unique >= 20);
    run.child.kill('SIGTERM');
    const stopped = await run.ended;

    expect(stopped.exitCode).toBe(143);
    const { unique } = await ledger();
    expect(stopped.json()).toMatchObject({ stopped_by: 'SIGTERM', counts: { accepted: unique } });
    const { shipments } = (await runProgram(['status', '--json'], { cwd, env })).json();
    expect(shipments).toMatchObject({ sent: unique, sending: 0 });
  });

  it('ends at once at a second signal, and the next run sends what that left', async () => {
    const cwd = temporaryFolder();
    await runProgram(['seed', '--generate', '50', ...INTERVAL], { cwd });
    const hanging = createServer(() => {}).listen(0, '127.0.0.1');
    onTestFinished(() => void hanging.close());
    await once(hanging, 'listening');
    const address = hanging.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const run = startProgram(['ship-due', '--json'], {
      cwd,
      env: { SHIPCTL_FICTIONAL_URL: `http://127.0.0.1:${port}`, SHIPCTL_FICTIONAL_TIMEOUT_MS: '1000' },
    });
    await once(hanging, 'connection');

    run.child.kill('SIGTERM');
    await sleep(100);
    run.child.kill('SIGTERM');
    const [exitCode, signal] = await once(run.child, 'exit');

    expect([exitCode, signal]).toEqual([null, 'SIGTERM']);
    hanging.closeAllConnections();
    const sandbox = await startServer(['sandbox', '--port', '0'], { cwd });
    const next = await runProgram(['ship-due', '--json'], {
      cwd,
      env: { SHIPCTL_FICTIONAL_URL: sandbox.url },
    });
    expect(next.exitCode).toBe(0);
    expect(next.json().counts).toMatchObject({ due: 50, accepted: 50 });
    expect(await readLedger(sandbox.url)).toMatchObject({ unique: 50, conflicts: 0 });
  });

  it('ends at --max-duration without the code of a signal', async () => {
    const { cwd, env } = await openShop(2_000, ['--latency', '50']);

    const run = await runProgram(['ship-due', '--json', '--concurrency', '2', '--max-duration', '1'], {
      cwd,
      env,
    });

    expect(run.exitCode).toBe(3);
    expect(run.json().stopped_by).toBe('max-duration');
    const { shipments } = (await runProgram(['status', '--json'], { cwd, env })).json();
    expect(shipments.sending).toBe(0);
  });

  it('shares one database between two runs, a receiver and readers', { timeout: 300_000 }, async () => {
    const cwd = temporaryFolder();
    await runProgram(['seed', '--generate', '3000', ...INTERVAL], { cwd });
    const receiver = await startServer(['serve-webhooks', '--port', '0'], { cwd });
    const sandbox = await startServer(
      ['sandbox', '--port', '0', '--event-delay', '0', '--webhook-url', `${receiver.url}/webhooks/fictional`],
      { cwd },
    );
    const env = { SHIPCTL_FICTIONAL_URL: sandbox.url };

    const runs = [0, 1].map(() => runProgram(['ship-due', '--json'], { cwd, env }));
    const readers = [0, 1, 2, 3].map(async () => {
      const codes: (number | null)[] = [];
      for (let round = 0; round < 5; round += 1)
        codes.push((await runProgram(['status', '--json'], { cwd })).exitCode);
      return codes;
    });

    for (const run of await Promise.all(runs)) expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    expect((await Promise.all(readers)).flat()).toEqual(Array(20).fill(0));
    expect(await readLedger(sandbox.url)).toMatchObject({
      unique: 3_000,
      replays: 0,
      conflicts: 0,
    });
    await until(async () => {
      const { shipments } = (await runProgram(['status', '--json'], { cwd })).json();
      return shipments.delivered === 3_000;
    });
  });

  it('tells of a result that can’t be written, and goes on without a log that can’t', async () => {
    const { cwd } = await openShop(1, []);
    const bash = (command: string) =>
      promisify(execFile)('bash', ['-c', command], { cwd }).catch((failure: unknown) => failure);

    const result = await bash(`"${process.execPath}" "${PROGRAM}" status > /dev/full`);
    const log = await bash(`"${process.execPath}" "${PROGRAM}" status nobody 2> /dev/full`);

    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: Standard output can't be written.*\nhint: .*\n$/),
    });
    expect(log).toMatchObject({ code: 5 });
  });

  it('is not upset by a reader that closes the pipe early', async () => {
    const { cwd } = await openShop(3_000, []);

    for (const command of ['ship-due --dry-run --json', 'status --json', 'ship-due --dry-run', '--help']) {
      const piped = await promisify(execFile)(
        'bash',
        ['-o', 'pipefail', '-c', `"${process.execPath}" "${PROGRAM}" ${command} | head -c1`],
        { cwd },
      );

      expect(piped).toEqual({ stdout: expect.stringMatching(/^.$/), stderr: '' });
    }
  });
});

async function openShop(orders: number, sandboxFlags: readonly string[]) {
  const cwd = temporaryFolder();
  const seeded = await runProgram(['seed', '--generate', String(orders), ...INTERVAL], { cwd });
  expect(seeded).toMatchObject({ exitCode: 0 });
  const sandbox = await startServer(['sandbox', '--port', '0', ...sandboxFlags], { cwd });
  return {
    cwd,
    env: { SHIPCTL_FICTIONAL_URL: sandbox.url, SHIPCTL_FICTIONAL_TIMEOUT_MS: '1000' },
    ledger: () => readLedger(sandbox.url),
  };
}
