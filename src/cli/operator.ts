import { userInfo } from 'node:os';
import { CommandError } from '../errors.ts';

/** Who is at the keyboard, for the record; a container's user may have no name. */
export function operatorName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

const MAX_REASON_LENGTH = 500;

/** @throws CommandError `usage` where nobody says why. */
export function requireReason(reason: string | undefined): string {
  const text = reason?.trim();
  if (text && text.length <= MAX_REASON_LENGTH) return text;
  if (text) {
    throw new CommandError('usage', `--reason is longer than ${MAX_REASON_LENGTH} characters.`, {
      hint: 'Say it in a sentence.',
    });
  }
  throw new CommandError('usage', '--reason is missing: the decision is kept with who made it and why.', {
    hint: 'For example: --reason "found it in the provider\'s portal".',
  });
}
