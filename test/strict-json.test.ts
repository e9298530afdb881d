import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStrictJson } from '../src/strict-json.ts';

test('reads every JSON as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom('', '\t', '\n  '), (value, indentation) => {
      const text = JSON.stringify(value, undefined, indentation);

      expect(parseStrictJson(text)).toEqual({ kind: 'value', value: JSON.parse(text) });
    }),
  );
});

test('refuses every text that JSON.parse refuses', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1etrufalsn\u0000\u2028é') }), (text) => {
      expect(parseStrictJson(text).kind).toBe(isJson(text) ? 'value' : 'refused');
    }),
    { numRuns: 2000 },
  );
});

test('refuses an object with a key twice, wherever it is and however it is written', () => {
  const key = fc.string({ unit: fc.constantFrom(...'ab"\\{[:é\n') });
  const escaped = (text: string) =>
    `"${[...text].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`;
  fc.assert(
    fc.property(
      key,
      fc.jsonValue({ maxDepth: 2 }),
      fc.nat(10),
      fc.boolean(),
      (name, value, depth, isEscaped) => {
        const json = JSON.stringify(value);
        const twice = `{"x y": ${json}, ${JSON.stringify(name)} : 1,${isEscaped ? escaped(name) : JSON.stringify(name)}:2}`;
        const text = `${'[{"a":'.repeat(depth)}${twice}${'}]'.repeat(depth)}`;

        expect(parseStrictJson(text)).toEqual({
          kind: 'refused',
          detail: 'The JSON has the same key twice in one object.',
        });
      },
    ),
  );
});

test.each([
  ['the same key in different objects', '[{"a":1},{"a":{"a":2}}]'],
  ['a value that equals a key', '{"a":"a","b":"a"}'],
  ['brackets and colons within texts', '{"a":"}{\\":[","b":["\\\\","a:"]}'],
  ['a key of the prototype', '{"__proto__":1,"constructor":2}'],
  ['32 levels', '['.repeat(32) + ']'.repeat(32)],
])('takes %s', (_name, text) => {
  expect(parseStrictJson(text).kind).toBe('value');
});

test.each([
  ['a key of the prototype twice', '{"__proto__":1,"__proto__":2}'],
  ['33 levels', '['.repeat(33) + ']'.repeat(33)],
  ['33 levels of objects', `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`],
  ['more levels than a stack holds', '['.repeat(30_000) + ']'.repeat(30_000)],
])('refuses %s', (_name, text) => {
  expect(parseStrictJson(text).kind).toBe('refused');
});

test('takes no longer for a long text than for its length', () => {
  const text = `{"${'\\\\'.repeat(16_000)}":"${'a\\"'.repeat(10_000)}"}`;
  const before = process.cpuUsage();

  expect(parseStrictJson(text).kind).toBe('value');

  expect(process.cpuUsage(before).user).toBeLessThan(500_000);
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
