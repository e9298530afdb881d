import assert from 'node:assert/strict';
import { isLine } from '../providers/json.ts';
import type { DeliveryReading, TrackingEvent } from '../providers/provider.ts';
import { EVENT_NAMES } from '../vocabulary.ts';

export function eventsOf(reading: DeliveryReading): readonly TrackingEvent[] {
  if (reading.kind === 'events') return reading.events;
  return assert.fail(`invalid: ${JSON.stringify(reading.problems)}`);
}

export function assertWellFormed(reading: DeliveryReading, body: unknown): void {
  const of = `of ${JSON.stringify(body).slice(0, 300)}`;
  if (reading.kind === 'invalid') {
    assert.ok(reading.problems.length > 0, `invalid without a problem ${of}`);
    for (const { pointer, message } of reading.problems) {
      assert.match(pointer, /^(\/([^~/]|~[01])*)*$/, `a pointer ${of}`);
      assert.ok(typeof message === 'string' && message.trim() !== '', `a problem without a message ${of}`);
    }
    return;
  }
  for (const event of reading.events) {
    assert.ok(isLine(event.reference), `the reference ${JSON.stringify(event.reference)} ${of}`);
    assert.ok(isLine(event.code), `the code ${JSON.stringify(event.code)} ${of}`);
    assert.ok(
      event.eventName === null || EVENT_NAMES.includes(event.eventName),
      `${event.eventName} is no event`,
    );
    assert.ok(Number.isSafeInteger(event.eventTimeMs), `the time ${event.eventTimeMs} ${of}`);
    assert.ok(
      ['string', 'number'].includes(typeof at(body, partsOf(event.timePointer))),
      `no time at ${event.timePointer} ${of}`,
    );
    assert.ok(event.raw === undefined || typeof event.raw === 'string', `raw ${of}`);
  }
}

/** The keys that a JSON pointer is made of. */
export function partsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

export function at(value: unknown, parts: readonly string[]): unknown {
  return parts.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}
