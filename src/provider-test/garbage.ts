import { parseJson } from '../providers/json.ts';

/** What a provider, or whatever stands between it and us, might answer on a bad day. */
export const GARBAGE_BODIES: readonly string[] = [
  '',
  ' ',
  'null',
  'true',
  '42',
  '"OK"',
  '[]',
  '[null]',
  '{}',
  '{"a":1}',
  '{"error":null}',
  '{"results":[null]}',
  '{"__proto__":null}',
  '{',
  '[{"a":',
  '<!doctype html><title>Please log in</title>',
  'upstream connect error or disconnect/reset before headers',
  '\u0000\uFFFD\uFFFD\u001B[2J',
  '\uD800',
  '\uFEFF{}',
  '['.repeat(5_000),
  'x'.repeat(65_536),
];

/** A word that no provider uses. */
export const UNHEARD_OF = 'UNHEARD-OF';

const REPLACEMENTS: readonly unknown[] = [null, true, -1, 1.5, '', ' ', '\u0000', 'x'.repeat(1_000), [], {}];

/** A JSON value with one of its parts replaced or left out, each part in turn and in every way. */
export function* spoiled(value: unknown): Generator<unknown> {
  yield* REPLACEMENTS;
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries()) {
      yield value.toSpliced(index, 1);
      for (const other of spoiled(part)) yield value.with(index, other);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
      for (const other of spoiled(part)) yield { ...value, [key]: other };
    }
  }
}

/** A text cut short at every place, and where it is JSON with every part of it spoiled. */
export function* spoiledTexts(text: string): Generator<string> {
  const step = Math.ceil(text.length / 500) || 1;
  for (let length = 0; length < text.length; length += step) yield text.slice(0, length);
  const value = parseJson(text);
  if (value === undefined) return;
  for (const other of spoiled(value)) yield JSON.stringify(other);
}

/** A text with each word replaced in turn by one that nobody uses: in JSON each string, else each run of letters. */
export function* reworded(text: string): Generator<string> {
  const value = parseJson(text);
  if (value !== undefined) {
    for (const other of rewordedValues(value)) yield JSON.stringify(other);
    return;
  }
  for (const { index, 0: word } of text.matchAll(/[\p{L}\p{N}_]{2,}/gu)) {
    yield text.slice(0, index) + UNHEARD_OF + text.slice(index + word.length);
  }
}

function* rewordedValues(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield UNHEARD_OF;
  if (Array.isArray(value)) {
    for (const [index, part] of value.entries())
      for (const other of rewordedValues(part)) yield value.with(index, other);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value))
      for (const other of rewordedValues(part)) yield { ...value, [key]: other };
  }
}

/** JSON values of all shapes, the same ones every time. */
export function* randomValues(count: number): Generator<unknown> {
  let state = 1;
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  const value = (depth: number): unknown => {
    const kind = below(depth > 3 ? 5 : 7);
    if (kind === 5) return Array.from({ length: below(4) }, () => value(depth + 1));
    if (kind === 6)
      return Object.fromEntries(Array.from({ length: below(4) }, () => [word(), value(depth + 1)]));
    return [null, below(2) === 0, below(1_000) - 500, word(), `${word()} ${word()}`][kind];
  };
  const word = () => ['id', 'code', 'status', 'time', '', 'é東😀', '__proto__', '2026-02-30'][below(8)] ?? '';
  for (let made = 0; made < count; made += 1) yield value(0);
}
