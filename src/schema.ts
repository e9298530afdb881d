import { closest, distance } from 'fastest-levenshtein';
import * as z from 'zod';

/**
 * The pieces of which everything from outside is described: seed files, providers, the sandbox's orders. Messages follow
 * the place that they are about: `orders[3].delivery_address.postcode` `must not be blank`.
 */

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

/** An object with these fields, and with whatever else. */
export function openFields<Shape extends z.core.$ZodLooseShape>(shape: Shape, requirement = 'be an object') {
  return z.object(shape, { error: must(requirement) });
}

export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item, { error: must('be a list') }).min(1, { error: 'must not be empty' });
}

export function text(accepts: (value: string) => boolean, requirement: string) {
  return z.string({ error: must('be text') }).refine(accepts, { error: must(requirement) });
}

/** Text whose value no message repeats, since it may hold a secret. */
export function privateText(accepts: (value: string) => boolean, requirement: string) {
  return z.string({ error: must('be text') }).refine(accepts, { error: `must ${requirement}` });
}

/** Text of so many characters (code points), not UTF-16 units. */
export function characters(max: number, { min = 1 }: { min?: 0 | 1 } = {}) {
  return textWithout((value) => (value === '' && min > 0 ? 'must not be empty' : excess(value, max)));
}

/** One line of text for people, of so many characters. */
export function line(max: number, { optional = false }: { optional?: boolean } = {}) {
  return textWithout((value) => (value === '' && optional ? undefined : lineFault(value, max)));
}

export function oneOf<const Name extends string>(names: readonly Name[]) {
  return z.enum(names, { error: must(`be ${names.join(' or ')}`) });
}

export function number(accepts: (value: number) => boolean, requirement: string) {
  const error = must(requirement);
  return z.number({ error }).refine(accepts, { error });
}

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER) {
  return number(
    (value) => Number.isInteger(value) && value >= min && value <= max,
    `be a whole number from ${min}${max === Number.MAX_SAFE_INTEGER ? '' : ` to ${max}`}`,
  );
}

export function method() {
  return z.custom((value) => typeof value === 'function', { error: must('be a function') });
}

/** The message for a value that is missing or not what it must be. */
export function must(requirement: string) {
  return ({ input }: { input?: unknown }): string =>
    input === undefined ? 'is missing' : `must ${requirement}, not ${shown(input)}`;
}

/** A place as messages name it: `orders[3].items[0].weight`. */
export function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

function textWithout(fault: (value: string) => string | undefined) {
  return z
    .string({ error: must('be text') })
    .refine((value) => fault(value) === undefined, { error: ({ input }) => fault(String(input)) });
}

function lineFault(value: string, max: number): string | undefined {
  if (!value.isWellFormed()) return 'must be valid Unicode, holds half a surrogate pair';
  if (/\p{Cc}/u.test(value)) return 'must not hold line breaks, tabs or other control characters';
  if (!/[\p{L}\p{N}\p{P}\p{S}]/u.test(value)) return 'must not be blank';
  return excess(value, max);
}

/** Without an array of them all: a text that is wrong can be a very long one. */
function excess(value: string, max: number): string | undefined {
  if (value.length <= max) return undefined;
  let length = 0;
  for (const _ of value) length += 1;
  return length > max ? `must be at most ${max} characters, is ${length}` : undefined;
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
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) return 'an object';
  const all = String(value);
  const start = [...all.slice(0, 2 * MAX_SHOWN_LENGTH)].slice(0, MAX_SHOWN_LENGTH).join('');
  const short = start.length < all.length ? `${start}…` : all;
  return typeof value === 'string' ? JSON.stringify(short) : short;
}
