import type { Dispatcher } from 'undici';
import type { HttpAnswer, HttpRequest } from '../../providers/provider.ts';

const MAX_BODY_BYTES = 65_536;

/** Nothing was sent, since it was not ours to send any more. */
export class NotBegun extends Error {}

/**
 * One request and its answer: the status, the headers and the start of the body. A body that breaks off or does not
 * end has still come with a status that counts.
 *
 * Straight to undici's `dispatch`: `request` would make a stream and an abort signal for each answer.
 *
 * @param options.timeoutMs - for the whole exchange; when it is over the connection is closed.
 * @param options.mayBegin - asked when a connection is had, just before the first byte is written.
 * @throws whatever kept a status from coming; a `TimeoutError` where the time was over, `NotBegun` where it might not begin.
 */
export function exchange(
  dispatcher: Dispatcher,
  { path, method, headers }: HttpRequest,
  body: string | null,
  { timeoutMs, mayBegin }: { timeoutMs: number; mayBegin: () => boolean },
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let timedOut: Error | undefined;
    let head: Omit<HttpAnswer, 'body'> | undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;

    const end = (error?: Error) => {
      clearTimeout(timer);
      if (head === undefined) return reject(error ?? new Error('the answer ended before it began'));
      resolve({ status: head.status, headers: head.headers, body: textOf(chunks) });
    };
    const timer = setTimeout(() => {
      timedOut = new DOMException('no answer in time', 'TimeoutError');
      end(timedOut);
      controller?.abort(timedOut);
    }, timeoutMs);

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
