import { isUtf8 } from 'node:buffer';
import * as z from 'zod';

/** What is wrong with a body, and where: a JSON pointer (RFC 6901), empty for the whole of it. */
export interface BodyProblem {
  pointer: string;
  message: string;
}

export type OrderReading =
  /** `json` is the whole text: two are equal where the bodies' bytes are. */
  | { kind: 'order'; orderId: string; json: string }
  | { kind: 'not_json' }
  | { kind: 'invalid'; problems: readonly BodyProblem[] };

const MAX_CHARACTERS = 35;

const text = z
  .string()
  .min(1, 'must not be empty')
  .refine(fits, `must have at most ${MAX_CHARACTERS} characters`);
const textOrEmpty = z.string().refine(fits, `must have at most ${MAX_CHARACTERS} characters`);
const NOT_AN_AMOUNT = 'must be a whole number above 0';
const amount = z.int(NOT_AN_AMOUNT).positive(NOT_AN_AMOUNT);

/** The brief's order, and nothing beside it. */
const order = z.strictObject({
  order_id: text,
  delivery_service: z.enum(['standard', 'express']),
  items: z.array(z.strictObject({ item_id: text, quantity: amount, weight: amount })).min(1),
  delivery_address: z.strictObject({
    recipient: text,
    line_1: text,
    line_2: textOrEmpty,
    city: text,
    postcode: text,
    country: z.string().regex(/^[A-Z]{2}$/, 'must be a country code of two letters such as GB'),
  }),
});

/** Checks a body against the brief; every problem is reported, not the first alone. */
export function readOrder(body: Buffer): OrderReading {
  if (!isUtf8(body)) return { kind: 'not_json' };
  const json = body.toString();
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { kind: 'not_json' };
  }
  const reading = order.safeParse(value);
  if (reading.success) return { kind: 'order', orderId: reading.data.order_id, json };
  return { kind: 'invalid', problems: reading.error.issues.flatMap(problemsOf) };
}

function fits(value: string): boolean {
  // Characters, not UTF-16 units: an emoji counts once.
  return value.length <= MAX_CHARACTERS || [...value].length <= MAX_CHARACTERS;
}

function problemsOf(issue: z.core.$ZodIssue): BodyProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ pointer: pointer([...issue.path, key]), message: 'unknown field' }));
  }
  return [{ pointer: pointer(issue.path), message: issue.message }];
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
