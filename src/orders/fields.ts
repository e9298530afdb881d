import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod';

/** The brief's `str(35)`. */
const MAX_LINE_LENGTH = 35;
const MAX_INTEGER = 2 ** 31 - 1;
const MAX_SHOWN_LENGTH = 40;
const MAX_SHOWN_FIELDS = 5;

/** An object with exactly these fields: a misspelled name of an optional one would be lost in silence. */
export function fields<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? unknownFields(issue.keys, known) : must('be an object')(issue),
  });
}

export function text(accepts: (value: string) => boolean, requirement: string) {
  return z.string({ error: must('be text') }).refine(accepts, { error: must(requirement) });
}

/** One line of text for people. Its length is counted in characters (code points), not in UTF-16 units. */
export function line(options: { optional: boolean } = { optional: false }) {
  const fault = (value: unknown) => lineFault(String(value), options.optional);
  return z
    .string({ error: must('be text') })
    .refine((value) => fault(value) === undefined, { error: (issue) => fault(issue.input) });
}

export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: must(`be ${names.join(' or ')}`) });
}

export function positiveInteger() {
  const error = must(`be a whole number from 1 to ${MAX_INTEGER}`);
  return z
    .number({ error })
    .refine((value) => Number.isInteger(value) && value >= 1 && value <= MAX_INTEGER, { error });
}

/** The message for a value that is missing or not what it must be. */
export function must(requirement: string) {
  return ({ input }: { input?: unknown }): string =>
    input === undefined ? 'is missing' : `must ${requirement}, not ${shown(input)}`;
}

function lineFault(value: string, optional: boolean): string | undefined {
  if (value === '' && optional) return undefined;
  if (!value.isWellFormed()) return 'must be valid Unicode, holds half a surrogate pair';
  if (/\p{Cc}/u.test(value)) return 'must not hold line breaks, tabs or other control characters';
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(value)) return 'must not be blank';
  const length = countCharacters(value);
  return length > MAX_LINE_LENGTH ? `must be at most ${MAX_LINE_LENGTH} characters, is ${length}` : undefined;
}

/** Without an array of them all: a text that is wrong can be a very long one. */
function countCharacters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

function unknownFields(keys: readonly string[], known: readonly string[]): string {
  const listed = keys.slice(0, MAX_SHOWN_FIELDS).map((key) => `${shown(key)}${suggestion(key, known)}`);
  const more = keys.length > listed.length ? ` and ${keys.length - listed.length} more` : '';
  return `unknown field ${listed.join(', ')}${more}`;
}

function suggestion(key: string, known: readonly string[]): string {
  const nearest = closest(key, known);
  return distance(key, nearest) <= 2 ? ` (did you mean ${nearest}?)` : '';
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const all = String(value);
  const start = [...all.slice(0, 2 * MAX_SHOWN_LENGTH)].slice(0, MAX_SHOWN_LENGTH).join('');
  const short = start.length < all.length ? `${start}…` : all;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}
