import { codeOf } from '../../errors.ts';
import { printable } from '../../log.ts';
import type { Outcome } from '../../providers/provider.ts';

/** Codes that come up only before a connection stands: nothing can have reached the provider. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Node's and OpenSSL's codes for a certificate or handshake that would not do. */
const TLS_FAILURE = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH)/;

const MAX_REASON_LENGTH = 200;

/** What a request that got no answer means: whether the provider may have it, and what happened, in words. */
export function outcomeOfFailure(error: unknown, timeoutMs: number): Outcome {
  const code = firstCodeOf(error);
  if (isTimeout(error)) {
    return { kind: 'unanswered', httpStatus: null, message: `no answer within ${timeoutMs} ms` };
  }
  const reason = printable(error instanceof Error && error.message ? error.message : String(error));
  const what = (code && !reason.includes(code) ? `${reason} (${code})` : reason).slice(0, MAX_REASON_LENGTH);
  return wasConnecting(error) || (code && (NOT_CONNECTED.has(code) || TLS_FAILURE.test(code)))
    ? { kind: 'unsent', message: `no connection: ${what}` }
    : { kind: 'unanswered', httpStatus: null, message: `connection lost: ${what}` };
}

function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ['TimeoutError', 'HeadersTimeoutError', 'BodyTimeoutError'].includes(error.name);
}

/** Whatever fails in the system call `connect` (no route, no answer in time) fails before anything is sent. */
function wasConnecting(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(wasConnecting);
  return error instanceof Error && 'syscall' in error && error.syscall === 'connect';
}

/** Of an error, or of the first of several (one per address that was tried). */
function firstCodeOf(error: unknown): string | undefined {
  return codeOf(error) ?? (error instanceof AggregateError ? firstCodeOf(error.errors[0]) : undefined);
}
