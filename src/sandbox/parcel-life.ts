import { toRfc3339 } from '../clock.ts';
import type { EventName } from '../providers/provider.ts';
import { seededShare } from './random.ts';

const USUAL = ['waiting-for-collection', 'in-transit', 'delivered'] as const;
const NOBODY_HOME = ['waiting-for-collection', 'in-transit', 'failed-to-deliver', 'delivered'] as const;
const NOBODY_HOME_SHARE = 1 / 8;

/** The events of an order's parcel: always the same ones for the same order and seed. */
export function parcelLife(orderId: string, seed: number): readonly EventName[] {
  return seededShare(orderId, seed) < NOBODY_HOME_SHARE ? NOBODY_HOME : USUAL;
}

/** When an event happened, in whole seconds: now, or a second after the one before where that is later. */
export function eventTime(nowMs: number, previousMs: number | undefined): number {
  const thisSecond = Math.floor(nowMs / 1000) * 1000;
  return previousMs === undefined ? thisSecond : Math.max(thisSecond, previousMs + 1000);
}

/** The brief's event, its time in UTC. */
export function eventJson(orderId: string, eventName: EventName, timeMs: number): string {
  return JSON.stringify({
    order_id: orderId,
    event_name: eventName,
    event_time: toRfc3339(timeMs).slice(0, 19).replace('T', ' '),
  });
}
