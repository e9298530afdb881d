import assert from 'node:assert/strict';
import type { Provider } from '../providers/provider.ts';
import type { ProviderExamples, Rule } from './examples.ts';
import { randomValues, spoiled } from './garbage.ts';
import { assertWellFormed } from './readings.ts';

const NO_DELIVERIES: readonly unknown[] = [null, true, 42, '', 'text', {}, [null], ['text'], { a: 1 }];

/** What becomes of a delivery that is none, or not what it was. */
export function spoiledDeliveryRules(
  { webhook, timezone }: Provider,
  { webhook: examples }: ProviderExamples,
): Rule[] {
  if (!webhook || !examples) return [];
  const { deliveries, delivery, vocabulary } = examples;
  return [
    {
      name: 'what is no delivery is invalid, with pointers to what is wrong',
      check() {
        for (const body of [...NO_DELIVERIES, ...[...randomValues(500)].filter((value) => !isEmpty(value))]) {
          const reading = webhook.read(body, timezone);
          assert.equal(reading.kind, 'invalid', JSON.stringify(body));
          assertWellFormed(reading, body);
        }
        const reference = deliveries[0]?.events[0]?.reference ?? 'co-1';
        const [code = ''] = Object.keys(vocabulary);
        const soon = JSON.parse(delivery({ reference, code, time: 'soon' }));
        assert.equal(webhook.read(soon, timezone).kind, 'invalid', 'the time "soon"');
      },
    },
    {
      name: 'any delivery has a meaning, however it was spoiled',
      check() {
        for (const { body } of deliveries) {
          const value = JSON.parse(body);
          assertWellFormed(webhook.read(value, timezone), JSON.parse(body));
          for (const other of spoiled(value)) assertWellFormed(webhook.read(other, timezone), other);
        }
      },
    },
  ];
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
