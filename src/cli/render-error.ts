import type { CommandError } from '../errors.ts';
import { printable } from '../log.ts';

/** Of an error's problems, for people. */
const PROBLEMS_SHOWN = 50;

/** An error as people read it, or with --json as one line of JSON; with its origin, for who wants to know. */
export function renderError(error: CommandError, json: boolean, origin: string | null = null): string {
  const { code, message, hint, problems } = error;
  if (json) {
    return `${JSON.stringify({ error: { code, message, hint: hint ?? null, ...(problems.length > 0 && { problems }), ...(origin !== null && { origin }) } })}\n`;
  }
  const lines = [
    `error: ${printable(message)}`,
    ...problems
      .slice(0, PROBLEMS_SHOWN)
      .map((problem) => `  ${printable(problem.path)}: ${printable(problem.message)}`),
    ...(problems.length > PROBLEMS_SHOWN
      ? [`  … and ${problems.length - PROBLEMS_SHOWN} more: --json lists them all.`]
      : []),
    ...(hint ? [`hint: ${printable(hint)}`] : []),
    ...(origin === null ? [] : [origin]),
  ];
  return `${lines.join('\n')}\n`;
}
