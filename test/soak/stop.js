import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { finish, json, openShop, start, verify } from './shop.js';

/** Longer than a lease at the time-out that the shop sets (2 x (0.5 s + 5 s)). */
const LONGER_THAN_A_LEASE_MS = 13_000;

/**
 * A run is stopped with SIGSTOP for longer than its lease while another takes over and finishes; then it wakes up.
 * Options: --rounds=3 --orders=5000
 */
export async function stop({ rounds = '3', orders: wantedOrders = '5000' }) {
  const orders = Number(wantedOrders);
  let replays = 0;
  for (let round = 0; round < Number(rounds); round += 1) {
    const shop = await openShop({ orders, sandboxFlags: ['--latency', '20'] });
    try {
      const today = (await json(['status'], shop)).orders.weekly.next_due_on;
      const slow = start(['ship-due', '--json'], shop);
      await sleep(600 + Math.random() * 600);
      slow.child.kill('SIGSTOP');
      await sleep(LONGER_THAN_A_LEASE_MS);
      const other = await start(['ship-due', '--json'], shop).ended;
      // Stopped within a transaction it keeps the write lock: then nobody can do anything until it wakes up.
      const hadTheLock = other.exitCode === 11;
      if (!hadTheLock) await finish(shop, []);
      const before = await shop.ledger();
      slow.child.kill('SIGCONT');
      const { exitCode } = await slow.ended;
      if (hadTheLock) await finish(shop, []);
      assert.ok([0, 3].includes(exitCode), `the run that woke up ended with ${exitCode}`);
      const after = await verify(shop, { orders, dates: [today] });
      if (!hadTheLock) assert.equal(after.received, before.received, 'the run that woke up sent something');
      replays += after.replays;
      process.stdout.write(
        `round ${round + 1}: woke up with exit code ${exitCode}, ${after.replays} replays\n`,
      );
    } finally {
      await shop.close();
    }
  }
  return { rounds: Number(rounds), orders, replays };
}
