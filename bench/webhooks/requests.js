import { createHmac } from 'node:crypto';

const NAMES = ['waiting-for-collection', 'in-transit', 'failed-to-deliver', 'delivered'];
const FIRST_EVENT_MS = Date.parse('2026-01-01T00:00:00Z');

/**
 * Deliveries that are all different events: for one shipment after the other, and then the next event of each.
 *
 * @param {{ count: number, shipments: number, secret: string | undefined }} options
 * @returns {{ headers: Record<string, string>, body: string }[]}
 */
export function makeDeliveries({ count, shipments, secret }) {
  const key = secret === undefined ? undefined : Buffer.from(secret.slice('whsec_'.length), 'base64');
  const timestamp = String(Math.floor(Date.now() / 1000));
  return Array.from({ length: count }, (_, index) => {
    const lap = Math.floor(index / shipments);
    const time = new Date(FIRST_EVENT_MS + lap * 3_600_000 + (index % 3_600) * 1000);
    const body = JSON.stringify({
      order_id: `gen-${String((index % shipments) + 1).padStart(7, '0')}`,
      event_name: NAMES[lap % NAMES.length],
      event_time: time.toISOString().replace('T', ' ').slice(0, 19),
    });
    return {
      headers: { 'content-type': 'application/json', ...(key && sign(key, `msg_${index}`, timestamp, body)) },
      body,
    };
  });
}

/** Standard Webhooks 1.0.0. */
function sign(key, id, timestamp, body) {
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
