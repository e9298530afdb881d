import { EVENT_NAMES, type EventName } from '../vocabulary.ts';

/** A tracking event as far as it decides its shipment's status; times are epoch milliseconds. */
export interface DatedEvent {
  eventName: EventName;
  eventTimeMs: number;
  receivedAtMs: number;
}

/**
 * The event that a shipment's status is that of: the latest one, whatever the order in which they arrived.
 * Of several at the same time the one that is furthest on a parcel's usual way counts.
 */
export function latestEvent<Event extends DatedEvent>(events: readonly Event[]): Event | undefined {
  return events.reduce<Event | undefined>(
    (latest, event) => (latest === undefined || isLater(event, latest) ? event : latest),
    undefined,
  );
}

function isLater(event: DatedEvent, other: DatedEvent): boolean {
  const byTime = effectiveTimeMs(event) - effectiveTimeMs(other);
  if (byTime !== 0) return byTime > 0;
  return EVENT_NAMES.indexOf(event.eventName) > EVENT_NAMES.indexOf(other.eventName);
}

/** A time in the future counts as the moment it was received: a wrong clock can't fix a status for days. */
export function effectiveTimeMs({ eventTimeMs, receivedAtMs }: DatedEvent): number {
  return Math.min(eventTimeMs, receivedAtMs);
}
