import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findJsonFault } from '../../src/orders/json-fault.ts';

test.each([
  ['', 1, 1, 'expected a value, found the end of the text'],
  ['[1, 2,]', 1, 7, 'expected a value, found "]"'],
  ['[\n  {"a": 1}\n  {"b": 2}\n]', 3, 3, 'expected a comma or the end of this list or object, found "{"'],
  ['{"a": 1,}', 1, 9, 'expected a name in double quotes, found "}"'],
  ["{'a': 1}", 1, 2, '"\'a\'" is no number, true, false, null or text in double quotes'],
  ['{"a" 1}', 1, 6, 'expected a colon, found "1"'],
  ['{"a": "b\nc"}', 1, 7, 'a string without an end, or with a line break in it'],
  ['{"a": "b}', 1, 7, 'a string without an end, or with a line break in it'],
  ['{"a": [1, 2}', 1, 12, 'expected a comma or the end of this list or object, found "}"'],
  ['{"a": 1', 1, 8, 'expected }, found the end of the text'],
  ['[] []', 1, 4, 'expected the end, found "["'],
  ['[01]', 1, 3, 'expected a comma or the end of this list or object, found "1"'],
  ['[nul]', 1, 2, '"nul" is no number, true, false, null or text in double quotes'],
  ['[1', 1, 3, 'expected ], found the end of the text'],
  ['["\\d"]', 1, 2, 'a bad escape in a string'],
  ['["\\u12"]', 1, 2, 'a bad \\u escape in a string'],
  ['["\t"]', 1, 2, 'a control character in a string'],
  ['[1.]', 1, 2, 'a number without an end'],
  [
    `[${'x'.repeat(1_000)}]`,
    1,
    2,
    `"${'x'.repeat(20)}" is no number, true, false, null or text in double quotes`,
  ],
  ['[1, // two\n 2]', 1, 5, 'JSON has no comments'],
])('places what is wrong with %j', (text, line, column, message) => {
  expect(findJsonFault(text)).toEqual({ line, column, message });
});

test('finds a fault exactly where JSON.parse does', () => {
  const aCut = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '0', ':', '\\', '\n', ' ', 'null'))
    .map(([json, at, extra]) => {
      const index = at % (json.length + 1);
      return json.slice(0, index) + extra + json.slice(index + (at % 2));
    });
  fc.assert(
    fc.property(fc.oneof(aCut, fc.json(), fc.string()), (text) => {
      expect(findJsonFault(text) === undefined).toBe(isJson(text));
    }),
    { numRuns: 2_000 },
  );
});

test('what is nested too deep to be followed has no place', () => {
  expect(findJsonFault('['.repeat(1_000_000))).toBeUndefined();
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
