import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { finish, json, openShop, start, verify } from './shop.js';

/**
 * 100,000 due orders and a provider that fails: the run gives up soon, having asked it a few dozen times, and the next
 * one ships all. Options: --orders=100000
 */
export async function down({ orders: wantedOrders = '100000' }) {
  const orders = Number(wantedOrders);
  const shop = await openShop({ orders });
  let requests = 0;
  const failing = createServer((request, answer) => {
    requests += 1;
    request.resume();
    answer.writeHead(500).end();
  }).listen(0, '127.0.0.1');
  try {
    await new Promise((listening) => failing.once('listening', listening));
    const failingUrl = `http://127.0.0.1:${failing.address().port}`;
    const trials = [];
    for (const [name, url] of [
      ['answers 500', failingUrl],
      ['refuses connections', 'http://127.0.0.1:9'],
    ]) {
      const started = performance.now();
      const env = { ...shop.env, SHIPCTL_FICTIONAL_URL: url };
      const { exitCode } = await start(['ship-due', '--json'], { cwd: shop.cwd, env }).ended;
      const seconds = Math.round((performance.now() - started) / 100) / 10;
      assert.equal(exitCode, 4);
      assert.ok(seconds < 60, `took ${seconds} s`);
      trials.push({ name, seconds });
    }
    assert.ok(requests < 100, `the failing provider had ${requests} requests`);
    const today = (await json(['status'], shop)).orders.weekly.next_due_on;
    await finish(shop, ['--as-of', today]);
    await verify(shop, { orders, dates: [today] });
    return { orders, trials, requestsToTheFailingOne: requests };
  } finally {
    failing.close();
    await shop.close();
  }
}
