import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Refusal } from './refusal.ts';

const MINUTE_MS = 60_000;

/** What is known of a request that was refused. */
export type RefusedRequest = Pick<IncomingMessage, 'method' | 'url'> & { peer: string | undefined };

export interface RefusalLog {
  /** @param requestId - the one that the sender was given; undefined where it got no answer. */
  add(refusal: Refusal, requestId: string | undefined, request: RefusedRequest): void;
  /** Says how many refusals there were that nothing was said of. */
  close(): void;
}

/**
 * One line per refusal: its reason, and the id that the sender was given. Never a body, a header or a secret.
 * Where it is us who can't, one line a minute says it all, and how many others there were.
 */
export function createRefusalLog(log: Log, clock: Clock): RefusalLog {
  const said = new Map<string, { at: number; suppressed: number }>();
  return {
    add({ status, reason, cause }, requestId, request) {
      let suppressed: number | undefined;
      if (status === 503) {
        const now = clock.now();
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
    },
    close() {
      for (const [reason, { suppressed }] of said) {
        if (suppressed > 0) log.error('more requests refused', { status: 503, reason, suppressed });
      }
    },
  };
}

/** Without the query, and without what stands before a path: both may hold a secret. */
function pathOf(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  return url.startsWith('/') ? url.split('?', 1)[0]?.slice(0, 100) : '(not a path)';
}
