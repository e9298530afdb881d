import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Refusal } from './refusal.ts';

const MINUTE_MS = 60_000;

/** What is known of a request that was refused. */
export type RefusedRequest = Pick<IncomingMessage, 'method' | 'url'> & { peer: string | undefined };

/**
 * One line per refusal: its reason, and the id that the sender was given. Never a body, a header or a secret.
 * Where it is us who can't, one line a minute says it all, and how many others there were.
 */
export function createRefusalLog(log: Log, clock: Clock) {
  const said = new Map<string, { at: number; suppressed: number }>();
  return (refusal: Refusal, requestId: string, request: RefusedRequest): void => {
    const { status, reason, cause } = refusal;
    let suppressed: number | undefined;
    if (status === 503) {
      const now = clock();
      const before = said.get(reason);
      if (before && now - before.at < MINUTE_MS) {
        before.suppressed += 1;
        return;
      }
      suppressed = before?.suppressed || undefined;
      said.set(reason, { at: now, suppressed: 0 });
    }
    const write = status >= 500 ? log.error : log.warn;
    write('request refused', {
      status,
      reason,
      cause,
      request_id: requestId,
      method: request.method,
      path: pathOf(request.url),
      peer: request.peer,
      suppressed,
    });
  };
}

/** Without the query, and without what stands before a path: both may hold a secret. */
function pathOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  return url.startsWith('/') ? url.split('?', 1)[0]?.slice(0, 100) : '(not a path)';
}
