import * as z from 'zod';
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
  for (const issue of error?.issues ?? []) {
    report(`${['provider', ...issue.path].map(String).join('.')} ${issue.message}`);
  }
  return error === undefined;
}

function providerSchema() {
  const limit = z.custom(isLimit, must(`be a whole number from 1 to ${MAX_FIELD_LENGTH}`)).optional();
  return z.object(
    {
      name: text(
        (value) => /^(?=.{1,35}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value),
        'be 1 to 35 lower-case letters, digits and single hyphens, the first one a letter',
      ),
      defaultUrl: text(isHttpUrl, 'be an http:// or https:// URL without credentials, query and fragment'),
      timezone: text(isTimezone, 'be an IANA time zone such as Europe/Paris'),
      limits: z.strictObject(Object.fromEntries(LIMITED_FIELDS.map((field) => [field, limit])), {
        error: (issue) => unknownLimits(issue) ?? must('be an object').error(issue),
      }),
      repeatedOrders: z.discriminatedUnion(
        'kind',
        [
          z.object({ kind: z.literal('recognised') }),
          z.object({
            kind: z.literal('look-up'),
            settleSeconds: z
              .custom(isSeconds, must(`be seconds from 0 to ${LONGEST_SETTLING_SECONDS}`))
              .optional(),
            request: method(),
            reading: method(),
          }),
          z.object({ kind: z.literal('unrecognised') }),
        ],
        must('have a kind: recognised, look-up or unrecognised'),
      ),
      body: method(),
      request: method(),
      outcome: method(),
      webhook: z
        .object(
          {
            tracks: z.enum(['shipment-id', 'tracking-number'], must('be shipment-id or tracking-number')),
            signature: z.object({ readKey: method(), readClaim: method() }, must('be an object')),
            read: method(),
          },
          must('be an object or left out'),
        )
        .optional(),
    },
    must('be an object'),
  );
}

function method() {
  return z.custom((value) => typeof value === 'function', must('be a function'));
}

function text(accepts: (value: string) => boolean, requirement: string) {
  const error = must(requirement);
  return z.string(error).refine(accepts, error);
}

function must(requirement: string) {
  return {
    error: ({ input }: { input?: unknown }): string =>
      input === undefined ? 'is missing' : `must ${requirement}`,
  };
}

function unknownLimits(issue: { code?: string; keys?: readonly string[] }): string | undefined {
  if (issue.code !== 'unrecognized_keys') return undefined;
  return `has no ${issue.keys?.join(', ')}: the fields are ${LIMITED_FIELDS.join(', ')}`;
}

function isLimit(value: unknown): boolean {
  if (value === undefined) return true;
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_FIELD_LENGTH;
}

function isSeconds(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'number' && value >= 0 && value <= LONGEST_SETTLING_SECONDS;
}

function isTimezone(text: string): boolean {
  return parseTimezone(text) !== undefined;
}

function isHttpUrl(text: string): boolean {
  const url = parseHttpUrl(text);
  return url !== undefined && isBaseUrl(url);
}
