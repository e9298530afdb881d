import assert from 'node:assert/strict';
import { start } from './shop.js';

/** The one recognises an order that comes again, the other takes it as often as it comes. */
export const NAMES = ['fictional', 'oddpost'];
export const KEYS = {
  SHIPCTL_ODDPOST_API_KEY: 'shop:s3cret',
  SHIPCTL_ODDPOST_WEBHOOK_SECRET: 'correct-horse-battery-staple',
};
const AUTHORIZATION = `Basic ${Buffer.from(KEYS.SHIPCTL_ODDPOST_API_KEY).toString('base64')}`;

/** Each order is in a provider's ledger exactly once. */
export async function verifyLedger(url, ids) {
  const { orders, ...counts } = await readLedger(url);
  assert.deepEqual(orders.map(({ order_id }) => order_id).sort(), ids);
  assert.equal(counts.replays, 0, 'an order was sent again');
  assert.equal(counts.conflicts, 0, 'an order was sent with different bytes');
  return { orders, ...counts };
}

export async function readLedger(url) {
  return (await fetch(`${url}/orders`, { headers: { authorization: AUTHORIZATION } })).json();
}

/** Starts `sandbox` or `serve-webhooks`. */
export async function serve(args, shop, servers) {
  const running = start([...args, '--log-format', 'json'], shop);
  servers.push(running);
  return new Promise((resolve, reject) => {
    let log = '';
    running.child.stderr.on('data', (chunk) => {
      log += chunk;
      const [, url] = /"url":"([^"]+)"/.exec(log) ?? [];
      if (url) resolve(url);
    });
    running.ended.then(({ stderr }) => reject(new Error(`it did not start: ${stderr}`)));
  });
}

export function idsFor(name, count) {
  return Array.from({ length: count }, (_, index) => `${name}-${String(index).padStart(6, '0')}`);
}

export function ordersFor(provider, ids) {
  return ids.map((order_id) => ({
    order_id,
    provider,
    shipping_interval: 'weekly',
    delivery_service: 'standard',
    items: [{ item_id: 'it-1', quantity: 2, weight: 10 }],
    delivery_address: {
      recipient: 'John Doe',
      line_1: 'The battleship building',
      line_2: '179 harrow road',
      city: 'London',
      postcode: 'W2 6NB',
      country: 'GB',
    },
  }));
}
