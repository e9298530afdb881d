import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type * as z from 'zod';
import { text } from '../schema.ts';

/** What is wrong with a body, and where: a JSON pointer (RFC 6901), empty for the whole of it. */
export interface BodyProblem {
  pointer: string;
  message: string;
}

export type BodyReading<Order> =
  /** `json` is the whole text. */
  | { kind: 'order'; order: Order; json: string }
  | { kind: 'not_json' }
  | { kind: 'invalid'; problems: readonly BodyProblem[] };

/** Checks a body against a provider's schema; every problem is reported, not the first alone. */
export function readOrderBody<Order>(schema: z.ZodType<Order>, body: Buffer): BodyReading<Order> {
  if (!isUtf8(body)) return { kind: 'not_json' };
  const json = body.toString();
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { kind: 'not_json' };
  }
  const reading = schema.safeParse(value);
  if (reading.success) return { kind: 'order', order: reading.data, json };
  return { kind: 'invalid', problems: reading.error.issues.flatMap(problemsOf) };
}

export function countryCode() {
  return text((value) => /^[A-Z]{2}$/.test(value), 'be a country code of two letters such as GB');
}

export function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return mediaType === 'application/json' && (headers['content-encoding'] ?? 'identity') === 'identity';
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
