import { setTimeout as sleep } from 'node:timers/promises';
import { finish, json, openShop, start, verify, weeksAfter } from './shop.js';

const KILLS_PER_WEEK = 50;

/**
 * Two to four overlapping runs, killed with SIGKILL at random instants and started again, week after week.
 * Options: --kills=1000 --orders=20000
 */
export async function kill({ kills: wanted = '1000', orders: wantedOrders = '20000' }) {
  const orders = Number(wantedOrders);
  const shop = await openShop({
    orders,
    sandboxFlags: ['--latency', '3', '--fail-rate', '0.02', '--drop-rate', '0.02'],
  });
  try {
    const first = (await json(['status'], shop)).orders.weekly.next_due_on;
    const dates = [];
    let kills = 0;
    let ledger;
    while (kills < Number(wanted)) {
      dates.push(weeksAfter(first, dates.length));
      const flags = ['--as-of', dates.at(-1)];
      const until = Math.min(Number(wanted), kills + KILLS_PER_WEEK);
      while (kills < until) {
        const runs = Array.from({ length: 2 + Math.floor(Math.random() * 3) }, () =>
          start(['ship-due', '--json', ...flags], shop),
        );
        for (const { child, ended } of runs) {
          await sleep(Math.random() * 700);
          if (child.exitCode === null && child.kill('SIGKILL')) kills += 1;
          await ended;
        }
      }
      await finish(shop, flags);
      ledger = await verify(shop, { orders, dates });
      process.stdout.write(`${dates.at(-1)}: ${kills} kills, ${ledger.replays} replays\n`);
    }
    const replaysPerKill = Number((ledger.replays / kills).toFixed(1));
    return {
      kills,
      orders,
      weeks: dates.length,
      shipments: ledger.unique,
      replays: ledger.replays,
      replaysPerKill,
    };
  } finally {
    await shop.close();
  }
}
