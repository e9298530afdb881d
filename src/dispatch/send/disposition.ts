import type { Outcome } from '../../providers/provider.ts';
import type { Disposition } from '../claims/record-results.ts';
import { ATTEMPTS_PER_RUN, retryPauseMs } from '../run/timing.ts';

/**
 * @param failedAttempts - of this run, before this one.
 * @param pausedUntilMs - when the provider may be asked again.
 * @param longestWaitMs - for one shipment: what must wait for longer is left to the next run.
 * @param resend - whether a shipment that the provider may have can be sent again; otherwise it is left to a person.
 * @param random - from 0 to 1.
 */
export function disposition(
  outcome: Outcome,
  at: {
    nowMs: number;
    failedAttempts: number;
    pausedUntilMs: number;
    longestWaitMs: number;
    resend: boolean;
    random: number;
  },
): Disposition {
  switch (outcome.kind) {
    case 'accepted':
      return {
        status: 'sent',
        nextAttemptAt: null,
        attempt: 'accepted',
        httpStatus: outcome.httpStatus,
        error: null,
        trackingNumber: outcome.trackingNumber,
      };
    case 'rejected':
      return {
        status: 'rejected',
        nextAttemptAt: null,
        attempt: 'rejected',
        httpStatus: outcome.httpStatus,
        error: outcome.message,
      };
    case 'unanswered':
    case 'unsent': {
      const failed = at.failedAttempts + 1;
      const noUseForMs = outcome.kind === 'unsent' ? Math.ceil((outcome.retryAfterSeconds ?? 0) * 1000) : 0;
      const pauseMs = Math.max(retryPauseMs(failed, at.random), noUseForMs);
      const isLeft = failed >= ATTEMPTS_PER_RUN || pauseMs > at.longestWaitMs;
      const nextAttemptAt = isLeft ? null : at.nowMs + pauseMs;
      const httpStatus = outcome.kind === 'unanswered' ? outcome.httpStatus : null;
      const known = { attempt: outcome.kind, httpStatus, error: outcome.message };
      return outcome.kind === 'unanswered' && !at.resend
        ? { status: 'uncertain', nextAttemptAt: null, ...known }
        : { status: 'pending', nextAttemptAt, ...known };
    }
    case 'throttled':
      return {
        status: 'pending',
        nextAttemptAt: Math.max(at.nowMs, at.pausedUntilMs),
        attempt: null,
        httpStatus: outcome.httpStatus,
        error: outcome.message,
      };
    case 'unauthorized':
    case 'wrong-address':
      // Not the shipment's fault: it stays as it was, with no error of its own.
      return {
        status: 'pending',
        nextAttemptAt: null,
        attempt: null,
        httpStatus: outcome.httpStatus,
        error: null,
      };
    default:
      return outcome satisfies never;
  }
}
