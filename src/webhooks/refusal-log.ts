import type { IncomingMessage } from 'node:http';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Refusal } from './refusal.ts';

const MINUTE_MS = 60_000;

/**
 * One line per refusal: its reason, and the id that the sender was given. Never a body, a header or a secret.
 * Where it is us who can't, one line a minute says it all.
 */
export function createRefusalLog(log: Log, clock: Clock) {
  const saidAt = new Map<string, number>();
  return (refusal: Refusal, requestId: string, request?: IncomingMessage): void => {
    const { status, reason, cause } = refusal;
    if (status === 503) {
      const now = clock();
      if (now - (saidAt.get(reason) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
      saidAt.set(reason, now);
    }
    const write = status >= 500 ? log.error : log.warn;
    write('request refused', {
      status,
      reason,
      cause,
      request_id: requestId,
      method: request?.method,
      path: request?.url?.slice(0, 100),
      peer: request?.socket.remoteAddress,
    });
  };
}
