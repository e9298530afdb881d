/** Why a command could not do what was asked; `main` maps each to its exit code. */
export type ErrorCode =
  | 'usage'
  | 'invalid_orders'
  | 'not_found'
  | 'database'
  | 'database_locked'
  | 'configuration'
  | 'not_taken'
  | 'provider_unavailable'
  | 'provider_rejecting'
  | 'provider_unauthorized'
  | 'provider_wrong_address'
  | 'unexpected';

/** One thing that is wrong, and where: a path into a file (`orders[3].items`) or the name of a variable. */
export interface Problem {
  path: string;
  message: string;
}

/**
 * Ends a command with a message for the person who started it.
 * The message says what happened and to what, the hint what to do about it. Anything else that is thrown is a bug.
 */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; problems?: readonly Problem[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }
}

/** The code that an error has from Node, a library or SQLite (`ENOENT`, `ERR_DLOPEN_FAILED`, `SQLITE_FULL`). */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The same in brackets, to follow what could not be done; nothing where there is none. */
export function codeInBrackets(error: unknown): string {
  const code = codeOf(error);
  return code === undefined ? '' : ` (${code})`;
}
