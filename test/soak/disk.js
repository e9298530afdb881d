import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finish, json, openShop, start, verify } from './shop.js';

/**
 * The disk fills up while a run plans or records (a small tmpfs: needs root): exit code 10, then there is room again
 * and the next run completes. Options: --orders=6000 --rounds=5
 */
export async function disk({ orders: wantedOrders = '6000', rounds = '5' }) {
  const orders = Number(wantedOrders);
  const exitCodes = [];
  for (let round = 0; round < Number(rounds); round += 1) {
    const cwd = mkdtempSync(join(tmpdir(), 'shipctl-soak-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', cwd]);
    try {
      const shop = await openShop({ orders, sandboxFlags: ['--latency', '2'], cwd });
      try {
        const today = (await json(['status'], shop)).orders.weekly.next_due_on;
        fillUp(join(cwd, 'ballast'), 200 + round * 400);
        const { exitCode, stderr } = await start(['ship-due', '--json'], shop).ended;
        exitCodes.push(exitCode);
        assert.equal(exitCode, 10, stderr);
        assert.match(JSON.parse(stderr.trim().split('\n').at(-1)).error.message, /No room left/);
        rmSync(join(cwd, 'ballast'));
        await finish(shop, ['--as-of', today]);
        const { replays, received } = await verify(shop, { orders, dates: [today] });
        process.stdout.write(
          `round ${round + 1}: exit ${exitCode}, then ${received} requests, ${replays} replays\n`,
        );
      } finally {
        await shop.close();
      }
    } finally {
      execFileSync('umount', [cwd]);
      rmSync(cwd, { recursive: true, force: true });
    }
  }
  return { orders, exitCodes };
}

/** Fills the disk but for `leftKiB`. */
function fillUp(path, leftKiB) {
  const [, line] = execFileSync('df', ['-k', '--output=avail', join(path, '..')], { encoding: 'utf8' }).split(
    '\n',
  );
  writeFileSync(path, Buffer.alloc(Math.max(0, Number(line) - leftKiB) * 1024));
}
