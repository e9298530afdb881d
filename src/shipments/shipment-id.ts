import { createHash } from 'node:crypto';
import type { CalendarDate } from '../orders/schedule.ts';

/** The brief's `str(35)`. */
const MAX_LENGTH = 35;
const KEPT_LENGTH = 13;
const HASH_LENGTH = 12;

/**
 * The identifier of one shipment, called `order_id` at the provider: the order's own id for its first shipment,
 * then `co-1.20260529`. It depends on nothing else, so every attempt to send a shipment carries the same one.
 *
 * @param orderId - 1 to 35 characters without a dot, which is why no order's id is another order's shipment id.
 */
export function shipmentId(orderId: string, dueOn: CalendarDate, isFirst: boolean): string {
  if (isFirst) return orderId;
  const date = dueOn.replaceAll('-', '');
  const id = `${orderId}.${date}`;
  return id.length <= MAX_LENGTH ? id : `${orderId.slice(0, KEPT_LENGTH)}.${hash(orderId)}.${date}`;
}

function hash(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(-HASH_LENGTH);
}
