import { type Dispatcher, errors, Pool } from 'undici';
import type { Clock } from '../../clock.ts';
import type { HttpAnswer, HttpRequest } from '../../providers/provider.ts';

const MAX_BODY_BYTES = 65_536;

const CONNECT_TIMEOUT_MS = 3_000;
/** Below what servers usually keep a connection for, so that none is used that is just being closed. */
const KEEP_ALIVE_MS = 4_000;
const SPARE_CONNECTIONS = 9 / 8;

/** Nothing was sent, since it was not ours to send any more. */
export class NotBegun extends Error {}

export interface ExchangeOptions {
  /** For the whole exchange; when it is over the connection is closed. */
  timeoutMs: number;
  /** Asked when a connection is had, just before the first byte is written. */
  mayBegin: () => boolean;
}

/** One provider's connections. */
export interface Http {
  /** @throws whatever kept a status from coming; a `TimeoutError` where the time was over, `NotBegun` where it might not begin. */
  exchange(request: HttpRequest, body: string | null, options: ExchangeOptions): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/** @param concurrency - requests under way at the same time. */
export type Connect = (
  origin: string,
  options: { concurrency: number; timeoutMs: number; clock: Clock },
) => Http;

export const connect: Connect = (origin, { concurrency, timeoutMs, clock }) => {
  const pool = new Pool(origin, {
    // A connection can be used again only some turns of the event loop after its answer: a few more keep the next request
    // from waiting for that, or behind another one. Under way at the same time are no more than `concurrency`.
    connections: Math.ceil(concurrency * SPARE_CONNECTIONS),
    pipelining: 1,
    allowH2: false,
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // `exchange` ends the whole request; these would each start anew.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    exchange: (request, body, options) => exchange(pool, clock, request, body, options),
    close: () => pool.close(),
  };
};

/** Whether a request could never be made, whatever the network does: a header that can't be sent, say. */
export function isImpossible(error: unknown): boolean {
  return error instanceof errors.InvalidArgumentError;
}

/**
 * One request and its answer: the status, the headers and the start of the body. A body that breaks off or does not
 * end has still come with a status that counts.
 *
 * Straight to undici's `dispatch`: `request` would make a stream and an abort signal for each answer.
 */
function exchange(
  dispatcher: Dispatcher,
  clock: Clock,
  { path, method, headers }: HttpRequest,
  body: string | null,
  { timeoutMs, mayBegin }: ExchangeOptions,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let timedOut: Error | undefined;
    let head: Omit<HttpAnswer, 'body'> | undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;

    const end = (error?: Error) => {
      stopTimer();
      if (head === undefined) return reject(error ?? new Error('the answer ended before it began'));
      resolve({ status: head.status, headers: head.headers, body: textOf(chunks) });
    };
    const stopTimer = clock.after(timeoutMs, () => {
      timedOut = new DOMException('no answer in time', 'TimeoutError');
      end(timedOut);
      controller?.abort(timedOut);
    });

    dispatcher.dispatch(
      { path, method, headers, body },
      {
        onRequestStart(started) {
          controller = started;
          // It waited for its connection for too long: it must not be sent any more.
          if (timedOut) started.abort(timedOut);
          else if (!mayBegin()) started.abort(new NotBegun('the lease of the run had lapsed'));
        },
        onResponseStart(_controller, status, responseHeaders) {
          if (status >= 200) head = { status, headers: responseHeaders };
        },
        onResponseData(receiving, chunk) {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes >= MAX_BODY_BYTES) receiving.abort(new Error('the answer is too long'));
        },
        onResponseEnd: () => end(),
        onResponseError: (_controller, error) => end(error),
      },
    );
  });
}

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const bytes = chunks.length === 1 && first ? first : Buffer.concat(chunks);
  return bytes.toString('utf8', 0, MAX_BODY_BYTES);
}
