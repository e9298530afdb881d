import { parseJson } from '../providers/json.ts';

/** What a provider, or whatever stands between it and us, might answer on a bad day. */
export const GARBAGE_BODIES: readonly string[] = [
  ...['', ' ', 'null', 'true', '42', '"OK"', '[]', '[null]', '{}', '{"a":1}', '{"error":null}'],
  ...['{"results":[null]}', '{"__proto__":null}', '{', '[{"a":', '\uFEFF{}', '['.repeat(5_000)],
  '<!doctype html><title>Please log in</title>',
  'upstream connect error or disconnect/reset before headers',
  ...['\u0000\uFFFD\uFFFD\u001B[2J', '\uD800', 'x'.repeat(65_536)],
];

/** A word that no provider uses. */
export const UNHEARD_OF = 'UNHEARD-OF';

/** `undefined` leaves the part out. */
const REPLACEMENTS = [undefined, null, true, -1, 1.5, '', ' ', '\u0000', 'x'.repeat(1_000), [], {}] as const;
const WORDS = ['id', 'code', 'status', 'time', '', 'é東😀', '__proto__', '2026-02-30'];

/** A JSON value with each of its parts replaced in turn, in every way; as texts. */
export function spoiledJson(value: unknown): string[] {
  // The whole of it left out is no JSON.
  return [...replacing(value, () => REPLACEMENTS)].flatMap((other) => JSON.stringify(other) ?? []);
}

/** A text cut short at some 500 places, and where it is JSON with every part of it spoiled. */
export function spoiledTexts(text: string): string[] {
  const step = Math.ceil(text.length / 500) || 1;
  const lengths = Array.from({ length: Math.ceil(text.length / step) }, (_, index) => index * step);
  const value = parseJson(text);
  return [
    ...lengths.map((length) => text.slice(0, length)),
    ...(value === undefined ? [] : spoiledJson(value)),
  ];
}

/** A text with each word replaced in turn by one that nobody uses: in JSON each string, else each run of letters. */
export function reworded(text: string): string[] {
  const value = parseJson(text);
  if (value !== undefined) {
    const others = replacing(value, (part) => (typeof part === 'string' ? [UNHEARD_OF] : []));
    return [...others].map((other) => JSON.stringify(other));
  }
  return [...text.matchAll(/[\p{L}\p{N}_]{2,}/gu)].map(
    ({ index, 0: word }) => text.slice(0, index) + UNHEARD_OF + text.slice(index + word.length),
  );
}

/** A JSON value with one part replaced by each of what `others` makes of it, for every part. */
function* replacing(value: unknown, others: (part: unknown) => readonly unknown[]): Generator<unknown> {
  yield* others(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    for (const other of replacing(part, others)) yield withPart(value, [key], other);
  }
}

/** A JSON value with another part at a path; without it where that is undefined. */
export function withPart(value: unknown, [key, ...rest]: readonly string[], part: unknown): unknown {
  if (key === undefined) return part;
  const changed = withPart(partAt(value, [key]), rest, part);
  if (!Array.isArray(value)) return { ...Object(value), [key]: changed };
  return changed === undefined ? value.toSpliced(Number(key), 1) : value.with(Number(key), changed);
}

export function partAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );
}

/** JSON values of all shapes, the same ones every time. */
export function randomValues(count: number): unknown[] {
  let state = 1;
  const below = (limit: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % limit;
  };
  const word = () => WORDS[below(WORDS.length)] ?? '';
  const several = <T>(make: () => T) => Array.from({ length: below(4) }, make);
  const value = (depth: number): unknown => {
    const kind = below(depth > 3 ? 5 : 7);
    if (kind === 5) return several(() => value(depth + 1));
    if (kind === 6) return Object.fromEntries(several(() => [word(), value(depth + 1)]));
    return [null, below(2) === 0, below(1_000) - 500, word(), `${word()} ${word()}`][kind];
  };
  return Array.from({ length: count }, () => value(0));
}
