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

/** @throws CommandError `usage` where nobody says why. */
export function requireReason(reason: string | undefined): string {
  if (reason?.trim()) return reason.trim();
  throw new CommandError('usage', '--reason is missing: the decision is kept with who made it and why.', {
    hint: 'For example: --reason "found it in the provider\'s portal".',
  });
}
