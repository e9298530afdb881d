import assert from 'node:assert/strict';
import { parseJson } from '../providers/json.ts';
import type { Provider } from '../providers/provider.ts';
import { EVENT_NAMES } from '../vocabulary.ts';
import type { ProviderExamples, Rule } from './examples.ts';
import { eventsOf } from './readings.ts';

const INHERITED = ['constructor', '__proto__', 'toString'];

/** What the codes of a provider's events mean. */
export function codeRules({ webhook, timezone }: Provider, { webhook: examples }: ProviderExamples): Rule[] {
  if (!webhook || !examples) return [];
  const { deliveries, delivery, vocabulary, times } = examples;
  const { neverReports = [], unknownCodes = 'kept', unknownCode = 'NEVER-SEEN-7' } = examples;
  const reference = deliveries[0]?.events[0]?.reference ?? 'co-1';
  const time = times[0]?.text ?? '';
  const read = (code: string) => webhook.read(JSON.parse(delivery({ reference, code, time })), timezone);
  const canHold = (code: string) => parseJson(delivery({ reference, code, time })) !== undefined;
  const codes = Object.keys(vocabulary);
  return [
    {
      name: 'every code of its vocabulary means what it should',
      check() {
        const meanings = codes.flatMap((code) =>
          eventsOf(read(code)).map((event) => [event.code, event.eventName]),
        );
        assert.deepEqual(meanings, Object.entries(vocabulary));
      },
    },
    {
      name: 'each of the four events comes up, but for those that it never reports',
      check() {
        const meant = new Set(
          codes.flatMap((code) => {
            const reading = read(code);
            return reading.kind === 'events' ? reading.events.map(({ eventName }) => eventName) : [];
          }),
        );
        assert.deepEqual(EVENT_NAMES.filter((name) => !meant.has(name)).sort(), [...neverReports].sort());
      },
    },
    {
      name: `a code that it never used before is ${unknownCodes}`,
      check() {
        const reading = read(unknownCode);
        if (unknownCodes === 'refused') {
          assert.equal(reading.kind, 'invalid');
        } else {
          const found = eventsOf(reading).map(({ code, eventName }) => ({ code, eventName }));
          assert.deepEqual(found, [{ code: unknownCode, eventName: null }]);
        }
        for (const code of [...INHERITED, ...codes.flatMap(similar)].filter(
          (each) => !codes.includes(each),
        )) {
          // What has not even the shape of a code, so that no delivery can hold it or it is refused, is not guessed.
          if (!canHold(code)) continue;
          const other = read(code);
          if (other.kind === 'invalid') continue;
          const found = other.events.map(({ eventName }) => eventName);
          assert.deepEqual(found, [null], code);
        }
      },
    },
  ];
}

function similar(code: string): string[] {
  return [`X${code}`, `${code}X`, `NOT_${code}`, code.toUpperCase(), code.toLowerCase()];
}
