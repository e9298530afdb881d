import assert from 'node:assert/strict';
import { readDeliveryReading } from '../providers/door.ts';
import { isLine } from '../providers/json.ts';
import type { DeliveryReading, Provider, TrackingEvent, Webhook } from '../providers/provider.ts';
import type { ProviderExamples, WebhookExamples } from './examples.ts';
import { partAt } from './garbage.ts';
import { attempt } from './rule.ts';

export function deliverySubject(
  { provider, answers, lookUp }: ProviderExamples & { provider: Provider },
  webhook: Webhook,
  recorded: WebhookExamples,
) {
  const { deliveries, vocabulary, times } = recorded;
  const reference = deliveries[0]?.events[0]?.reference ?? 'co-1';
  const codes = Object.keys(vocabulary);
  const event = { reference, code: codes[0] ?? '', time: times[0]?.text ?? '' };
  /** A delivery of one event, as the provider would write it. */
  const deliveryOf = (changed: Partial<typeof event>): unknown =>
    JSON.parse(recorded.delivery({ ...event, ...changed }));
  const read = (body: unknown, zone = provider.timezone) =>
    attempt(excerpt(body), () => readDeliveryReading(webhook.read(body, zone)));
  const numbers = [answers.accepted, lookUp?.hasIt].flatMap((answer) => answer?.trackingNumber ?? []);
  return { ...recorded, provider, tracks: webhook.tracks, numbers, codes, deliveryOf, read };
}

export function eventsOf(reading: DeliveryReading): readonly TrackingEvent[] {
  if (reading.kind === 'events') return reading.events;
  return assert.fail(`invalid: ${JSON.stringify(reading.problems)}`);
}

/** What must hold of a reading besides that it can be read. */
export function checkReading(reading: DeliveryReading, body: unknown): void {
  const of = `of ${excerpt(body)}`;
  if (reading.kind === 'invalid') {
    assert.ok(reading.problems.length > 0, `invalid without a problem ${of}`);
    for (const { pointer, message } of reading.problems) {
      assert.ok(/^(\/([^~/]|~[01])*)*$/.test(pointer), `the pointer ${JSON.stringify(pointer)} ${of}`);
      assert.ok(message.trim() !== '', `a problem without a message ${of}`);
    }
  } else {
    for (const { reference, code, timePointer } of reading.events) {
      assert.ok(isLine(reference), `the reference ${JSON.stringify(reference)} ${of}`);
      assert.ok(isLine(code), `the code ${JSON.stringify(code)} ${of}`);
      const time = partAt(body, keysOf(timePointer));
      assert.ok(['string', 'number'].includes(typeof time), `no time at ${timePointer} ${of}`);
    }
  }
}

/** The keys that a JSON pointer is made of. */
export function keysOf(pointer: string): string[] {
  const keys = pointer.split('/').slice(1);
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Of any number: what is no time is shown as it is. */
export function rfc3339(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : String(ms);
}

function excerpt(body: unknown): string {
  return JSON.stringify(body).slice(0, 300);
}
