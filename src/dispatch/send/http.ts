import { type Dispatcher, errors, Pool } from 'undici';
import type { Clock } from '../../clock.ts';
import type { HttpAnswer, HttpRequest } from '../../providers/provider.ts';
import { type AnswerRoom, CHUNK_BYTES, MAX_ANSWER_BYTES } from './answer-room.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** Below what servers usually keep a connection for, so that none is used that is just being closed. */
const KEEP_ALIVE_MS = 4_000;
/** Of one answer; with more than this it can't be read, and leaves open what became of the request. */
const MAX_HEADERS_BYTES = 64 * 1024;
const SPARE_CONNECTIONS = 9 / 8;

/** Not a byte of the request was written; `cause` is what kept it from that, where anything but its own run did. */
export class NotBegun extends Error {}

export interface ExchangeOptions {
  /** For the whole exchange; when it is over the connection is closed. */
  timeoutMs: number;
  /** Asked when a connection is had, just before the first byte is written. */
  mayBegin: () => boolean;
}

/** One provider's connections. */
export interface Http {
  /**
   * @throws NotBegun where surely nothing was sent; anything else that kept a status from coming says that the request
   * may have arrived: a `TimeoutError` where the time was over.
   */
  exchange(request: HttpRequest, body: string | null, options: ExchangeOptions): Promise<HttpAnswer>;
  close(): Promise<void>;
}

/**
 * @param concurrency - requests under way at the same time.
 * @param room - for the bodies of answers, shared by all that are being read.
 */
export type Connect = (
  origin: string,
  options: { concurrency: number; timeoutMs: number; clock: Clock; room: AnswerRoom },
) => Http;

export const connect: Connect = (origin, { concurrency, timeoutMs, clock, room }) => {
  const pool = new Pool(origin, {
    // A connection can be used again only some turns of the event loop after its answer: a few more keep the next request
    // from waiting for that, or behind another one. Under way at the same time are no more than `concurrency`.
    connections: Math.ceil(concurrency * SPARE_CONNECTIONS),
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: MAX_HEADERS_BYTES,
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // `exchange` ends the whole request; these would each start anew.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    exchange: (request, body, options) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange(options, clock, room, resolve, reject);
        pool.dispatch({ ...request, body }, exchange);
      }),
    close: () => pool.close(),
  };
};

/** Whether a request could never be made, whatever the network does: a header that can't be sent, say. */
export function isImpossible(error: unknown): boolean {
  return (
    error instanceof errors.InvalidArgumentError ||
    error instanceof errors.NotSupportedError ||
    error instanceof errors.RequestContentLengthMismatchError
  );
}

/**
 * One request and its answer: the status, the headers and the start of the body. A body that breaks off, does not end
 * or is too long has still come with a status that counts.
 *
 * Handed straight to undici's `dispatch`: `request` would make a stream and an abort signal for each answer.
 */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #mayBegin: () => boolean;
  readonly #room: AnswerRoom;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #stopTimer: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #begun = false;
  #timedOut: Error | undefined;
  #head: Omit<HttpAnswer, 'body'> | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #taken = 0;
  #ended = false;

  constructor(
    { timeoutMs, mayBegin }: ExchangeOptions,
    clock: Clock,
    room: AnswerRoom,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#mayBegin = mayBegin;
    this.#room = room;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#stopTimer = clock.after(timeoutMs, () => {
      this.#timedOut = new DOMException('no answer in time', 'TimeoutError');
      this.#end(this.#timedOut);
      this.#controller?.abort(this.#timedOut);
    });
  }

  /**
   * Called right before the request is written to a connection that stands: as long as it was not, no name was resolved,
   * no connection made, no TLS handshake ended, or an idle connection broke, and nothing was sent. From here on bytes may
   * have left: undici tells no more than that it is handing them to the socket, and what the socket says afterwards (a
   * reset, a broken pipe) leaves open how many went out before.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for its connection for too long: it must not be sent any more.
    if (this.#timedOut) controller.abort(this.#timedOut);
    else if (!this.#mayBegin()) {
      const lapsed = new NotBegun('the lease of the run had lapsed');
      this.#end(lapsed);
      controller.abort(lapsed);
    } else this.#begun = true;
  }

  /**
   * Comes for 102 and 103 as well, and then again. It does not for 100, which undici (7) takes for an error and closes
   * the connection, with no option to let it pass: a request that was answered so may have arrived.
   */
  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: HttpAnswer['headers'],
  ): void {
    if (status >= 200) this.#head = { status, headers };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    const cost = chunk.length + CHUNK_BYTES;
    if (this.#bytes + chunk.length <= MAX_ANSWER_BYTES && this.#room.take(cost)) {
      this.#bytes += chunk.length;
      this.#taken += cost;
      this.#chunks.push(chunk);
      return;
    }
    this.#end();
    controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  #end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTimer();
    if (this.#head) this.#resolve({ ...this.#head, body: this.#takeBody() });
    else if (this.#begun) this.#reject(error ?? new Error('the answer ended before it began'));
    else if (error instanceof NotBegun) this.#reject(error);
    else this.#reject(new NotBegun('no connection', { cause: error }));
  }

  #takeBody(): string {
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#chunks.length = 0;
    this.#room.free(this.#taken);
    return bytes.toString('utf8');
  }
}
