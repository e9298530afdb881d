import { createHash } from 'node:crypto';
import type { CalendarDate } from '../orders/schedule.ts';

/** The brief's `str(35)`. */
const MAX_LENGTH = 35;
const HASH_LENGTH = 12;

/**
 * The identifier of one shipment, called `order_id` at the provider: the order's own id for its first shipment,
 * then `co-1.20260529`. It depends on nothing else, so every attempt to send a shipment carries the same one.
 *
 * @param orderId - 1 to 35 characters without a dot, which is why no order's id is another order's shipment id.
 */
export function shipmentId(orderId: string, dueOn: CalendarDate, isFirst: boolean): string {
  return isFirst ? orderId : withSuffix(orderId, dueOn.replaceAll('-', ''));
}

/**
 * The identifier of a corrected shipment that takes the place of one the provider may have: `co-1.20260529.2`.
 * @param edition - from 2.
 */
export function correctedShipmentId(orderId: string, dueOn: CalendarDate, edition: number): string {
  return withSuffix(orderId, `${dueOn.replaceAll('-', '')}.${edition}`);
}

/** Where both would be too long, the order id's tail gives way to a hash of the whole. */
function withSuffix(orderId: string, suffix: string): string {
  const room = MAX_LENGTH - suffix.length - 1;
  if (orderId.length <= room) return `${orderId}.${suffix}`;
  return `${orderId.slice(0, room - HASH_LENGTH - 1)}.${hash(orderId)}.${suffix}`;
}

function hash(text: string): string {
  const digest = createHash('sha256').update(text).digest('hex');
  return BigInt(`0x${digest}`).toString(36).slice(-HASH_LENGTH);
}
