import { isUtf8 } from 'node:buffer';
import { readDeliveryReading, reasonOf } from '../providers/door.ts';
import { excerpt } from '../providers/excerpt.ts';
import type { DeliveryReading, TrackingEvent } from '../providers/provider.ts';
import type { ReceivedEvent } from '../shipments/events.ts';
import { parseStrictJson } from '../strict-json.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Source } from './sources.ts';

/** A provider's clock may be wrong, and its time zone mistaken for another, by so much. */
const MAX_AHEAD_MS = 26 * 60 * 60 * 1000;

/** One body with what it says: stored as a whole or not at all. */
export interface Delivery {
  kind: 'delivery';
  provider: string;
  events: readonly ReceivedEvent[];
}

/**
 * Reads a body that has been proved to come from the source.
 * @throws Error where the provider's code fails at it, or makes nothing of it that a reading can be.
 */
export function readDelivery(
  source: Source,
  { body, nowMs }: { body: Buffer; nowMs: number },
): Delivery | Refusal {
  if (!isUtf8(body)) return refuse(400, 'not_utf8', 'The body is not UTF-8.');
  const raw = body.toString('utf8');
  const json = parseStrictJson(raw);
  if (json.kind === 'refused') return refuse(400, 'not_json', json.detail);
  const { provider } = source;
  const reading = read(source, json.value);
  if (reading.kind === 'invalid') return invalid(reading.problems);
  const early = reading.events.filter((event) => event.eventTimeMs > nowMs + MAX_AHEAD_MS);
  if (early.length > 0) return invalid(early.map(tooEarly));
  const events = reading.events.map((event) => ({
    provider,
    reference: event.reference,
    code: event.code,
    eventName: event.eventName,
    eventTimeMs: event.eventTimeMs,
    receivedAtMs: nowMs,
    raw: event.raw ?? raw,
  }));
  return { kind: 'delivery', provider, events };
}

function read({ provider, webhook, timezone }: Source, value: unknown): DeliveryReading {
  try {
    return readDeliveryReading(webhook.read(value, timezone));
  } catch (cause) {
    throw new Error(`provider ${provider} could not read it: ${excerpt(reasonOf(cause))}`, { cause });
  }
}

function tooEarly({ timePointer }: TrackingEvent) {
  return { pointer: timePointer, message: 'must not be more than 26 hours in the future' };
}

function invalid(problems: readonly { pointer: string; message: string }[]): Refusal {
  const errors = problems.map(({ pointer, message }) => ({ pointer, detail: message }));
  return refuse(422, 'not_an_event', 'The body is not a tracking event of this provider.', { errors });
}
