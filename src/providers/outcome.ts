import { parseHttpUrl } from '../text-values.ts';
import { excerpt } from './excerpt.ts';
import type { HttpAnswer, Outcome } from './provider.ts';
import { readRetryAfter } from './retry-after.ts';

/** What an answer means by HTTP's own rules, for providers that have no other. */
export function outcomeByStatus(answer: HttpAnswer, nowMs: number): Outcome {
  const { status: httpStatus } = answer;
  if (httpStatus >= 200 && httpStatus < 300) return { kind: 'accepted', httpStatus };
  const message = describe(answer);
  if (httpStatus === 401 || httpStatus === 403) return { kind: 'unauthorized', httpStatus, message };
  if (httpStatus >= 300 && httpStatus < 400) {
    return { kind: 'wrong-address', httpStatus, message: describeRedirect(answer) };
  }
  if (httpStatus === 405) return { kind: 'wrong-address', httpStatus, message };
  const retryAfterSeconds = readRetryAfter(answer, nowMs);
  if (httpStatus === 429 || (httpStatus === 503 && retryAfterSeconds !== null)) {
    return { kind: 'throttled', httpStatus, retryAfterSeconds, message };
  }
  // A 1xx says nothing about whether the order was taken.
  if (httpStatus < 200 || httpStatus === 408 || httpStatus === 425 || httpStatus >= 500) {
    return { kind: 'unanswered', httpStatus, message };
  }
  if (httpStatus === 404 || httpStatus === 410) {
    return { kind: 'rejected', httpStatus, message, notFound: true };
  }
  return { kind: 'rejected', httpStatus, message };
}

/** The status and the start of what the provider said, safe to print on one line. */
function describe({ status, body }: HttpAnswer): string {
  const said = excerpt(body);
  return said ? `HTTP ${status}: ${said}` : `HTTP ${status}`;
}

/** With where it leads to, but for what may be secret there: redirects are not followed. */
function describeRedirect({ status, headers }: HttpAnswer): string {
  const location = firstOf(headers.location) ?? '';
  const url = parseHttpUrl(location);
  const path = /^\/(?!\/)[^?#]*/.exec(location)?.[0];
  const to = url ? `${url.origin}${url.pathname}` : path;
  return to === undefined ? `HTTP ${status}` : `HTTP ${status}, which leads to ${excerpt(to)}`;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return (Array.isArray(header) ? header[0] : header)?.trim();
}
