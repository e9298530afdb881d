import type { EventName } from '../vocabulary.ts';
import { parseEventTime } from './event-time.ts';
import { fieldsOf, isName, MAX_NAME_LENGTH } from './json.ts';
import type { DeliveryReading, TrackingEvent, Webhook } from './provider.ts';
import { hmacHeader } from './signature/hmac-header.ts';

const MAX_ENTRIES = 200;

/** Its whole vocabulary. What it will say one day and is not here is no event of ours either. */
const EVENTS_BY_CODE: ReadonlyMap<string, EventName | null> = new Map([
  ['BOOKED', null],
  ['LABEL', null],
  ['READY', 'waiting-for-collection'],
  ['PICKUP', 'in-transit'],
  ['HUB', 'in-transit'],
  ['CUSTOMS', 'in-transit'],
  ['VAN', 'in-transit'],
  ['NOBODY', 'failed-to-deliver'],
  ['BADADDR', 'failed-to-deliver'],
  ['DOOR', 'delivered'],
  ['NEIGHBOUR', 'delivered'],
  // Waits in a shop for its recipient: neither delivered nor, in our words, waiting to be collected by the provider.
  ['SHOP', null],
  ['RETURN', null],
]);

/** Each delivery holds a parcel's whole history. */
export const oddpostWebhook: Webhook = {
  tracks: 'tracking-number',
  signature: hmacHeader('x-oddpost-signature'),
  read: readDelivery,
};

interface Problem {
  pointer: string;
  message: string;
}

function readDelivery(body: unknown, timezone: string): DeliveryReading {
  const problems: Problem[] = [];
  const fields = fieldsOf(body);
  const reference = readName(fields.get('consignmentNo'), '/consignmentNo', problems);
  const events = readHistory(fields.get('history'), problems).flatMap(
    (entry, index) => readEntry(entry, `/history/${index}`, timezone, problems) ?? [],
  );
  if (reference === undefined || problems.length > 0) return { kind: 'invalid', problems };
  return { kind: 'events', events: events.map((event) => ({ reference, ...event })) };
}

function readHistory(value: unknown, problems: Problem[]): readonly unknown[] {
  if (Array.isArray(value) && value.length <= MAX_ENTRIES) return value;
  problems.push({ pointer: '/history', message: `must be a list of at most ${MAX_ENTRIES} entries` });
  return [];
}

function readEntry(
  entry: unknown,
  pointer: string,
  timezone: string,
  problems: Problem[],
): Omit<TrackingEvent, 'reference'> | undefined {
  const fields = fieldsOf(entry);
  const code = readName(fields.get('code'), `${pointer}/code`, problems);
  const at = fields.get('at');
  const timePointer = `${pointer}/at`;
  const eventTimeMs = typeof at === 'string' ? parseEventTime(asRfc3339(at), timezone) : undefined;
  if (eventTimeMs === undefined) {
    problems.push({ pointer: timePointer, message: 'must be a real time: ISO 8601, to the second' });
  }
  if (code === undefined || eventTimeMs === undefined) return undefined;
  const eventName = EVENTS_BY_CODE.get(code) ?? null;
  return { code, eventName, eventTimeMs, timePointer, raw: JSON.stringify(entry) };
}

function readName(value: unknown, pointer: string, problems: Problem[]): string | undefined {
  if (isName(value)) return value;
  const message = `must be text of 1 to ${MAX_NAME_LENGTH} characters, without control characters`;
  problems.push({ pointer, message });
  return undefined;
}

/** ISO 8601's other spellings, `15:08:42 +0100` and `15:08:42+0100`, and its `T` before a time without an offset. */
function asRfc3339(time: string): string {
  return time.replace(/(:\d{2}(?:\.\d+)?) ?([+-]\d{2}):?(\d{2})$/, '$1$2:$3').replace('T', ' ');
}
