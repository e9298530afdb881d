import { printable } from '../log.ts';

const MAX_LENGTH = 200;

/** The first 200 characters of what a provider said, safe to print on one line: for messages to people. */
export function excerpt(text: string): string {
  const start = printable(
    text
      .slice(0, 4 * MAX_LENGTH)
      .replace(/\s+/g, ' ')
      .trim(),
  );
  return [...start].slice(0, MAX_LENGTH).join('');
}
