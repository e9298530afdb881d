import { codeOf } from '../../errors.ts';
import { printable } from '../../log.ts';
import type { Outcome } from '../../providers/provider.ts';
import { isImpossible, NotBegun } from './http.ts';

/** What a request that got no answer means: whether the provider may have it, and what happened, in words. */
export function outcomeOfFailure(
  error: unknown,
  { provider, timeoutMs }: { provider: string; timeoutMs: number },
): Outcome & { kind: 'unsent' | 'unanswered' } {
  if (!(error instanceof NotBegun)) {
    const message = isTimeout(error)
      ? `no answer within ${timeoutMs} ms`
      : `connection lost: ${wordsFor(error)}`;
    return { kind: 'unanswered', httpStatus: null, message };
  }
  const { cause } = error;
  if (cause === undefined) return { kind: 'unsent', message: error.message };
  if (isTimeout(cause)) return { kind: 'unsent', message: `no connection within ${timeoutMs} ms` };
  const message = isImpossible(cause)
    ? `provider ${provider} made a request that can't be sent: ${wordsFor(cause)}`
    : `no connection: ${wordsFor(cause)}`;
  return { kind: 'unsent', message };
}

function wordsFor(error: unknown): string {
  const code = firstCodeOf(error);
  const reason = printable(error instanceof Error && error.message ? error.message : String(error));
  return code && !reason.includes(code) ? `${reason} (${code})` : reason;
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

/** Of an error, or of the first of several (one per address that was tried). */
function firstCodeOf(error: unknown): string | undefined {
  return codeOf(error) ?? (error instanceof AggregateError ? firstCodeOf(error.errors[0]) : undefined);
}
