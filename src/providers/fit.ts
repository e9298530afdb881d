import * as z from 'zod';
import {
  fields,
  method,
  must,
  number,
  oneOf,
  openFields,
  placeOf,
  privateText,
  text,
  wholeNumber,
} from '../schema.ts';
import { isBaseUrl, parseHttpUrl, parseTimezone } from '../text-values.ts';
import { LIMITED_FIELDS, MAX_FIELD_LENGTH, type Provider } from './provider.ts';

const LONGEST_SETTLING_SECONDS = 86_400;

/**
 * Whether a value has all that a provider must have, as far as that can be told without calling it.
 *
 * @param report - is told what is missing or wrong.
 */
export function isProvider(value: unknown, report: (problem: string) => void): value is Provider {
  if (value === undefined) {
    report('has no export named provider');
    return false;
  }
  const { error } = providerSchema().safeParse(value);
  for (const { path, message } of error?.issues ?? []) report(`${placeOf(['provider', ...path])} ${message}`);
  return error === undefined;
}

function providerSchema() {
  const limit = wholeNumber(1, MAX_FIELD_LENGTH).optional();
  return openFields({
    name: text(
      (value) => /^(?=.{1,35}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
      'be 1 to 35 lower-case letters, digits and single hyphens, the first one a letter',
    ),
    defaultUrl: privateText(
      isHttpUrl,
      'be an http:// or https:// URL without credentials, query and fragment',
    ),
    timezone: text(
      (value) => parseTimezone(value) !== undefined,
      'be an IANA time zone such as Europe/Paris',
    ),
    limits: fields(Object.fromEntries(LIMITED_FIELDS.map((field) => [field, limit]))),
    repeatedOrders: repeatedOrders(),
    body: method(),
    request: method(),
    outcome: method(),
    webhook: openFields(
      {
        tracks: oneOf(['shipment-id', 'tracking-number']),
        signature: openFields({ readKey: method(), readClaim: method() }),
        read: method(),
      },
      'be an object or left out',
    ).optional(),
  });
}

function repeatedOrders() {
  const settleSeconds = number(
    (value) => value >= 0 && value <= LONGEST_SETTLING_SECONDS,
    `be seconds from 0 to ${LONGEST_SETTLING_SECONDS}`,
  );
  return z.discriminatedUnion(
    'kind',
    [
      openFields({ kind: z.literal('recognised') }),
      openFields({
        kind: z.literal('look-up'),
        settleSeconds: settleSeconds.optional(),
        request: method(),
        reading: method(),
      }),
      openFields({ kind: z.literal('unrecognised') }),
    ],
    {
      error: (issue) =>
        issue.code === 'invalid_union'
          ? 'must be recognised, look-up or unrecognised'
          : must('be an object with a kind')(issue),
    },
  );
}

function isHttpUrl(text: string): boolean {
  const url = parseHttpUrl(text);
  return url !== undefined && isBaseUrl(url);
}
