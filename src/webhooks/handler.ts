import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { answerJson, answerRefusal, answerText } from './answer.ts';
import type { BodyReader, BodyReading } from './body.ts';
import { type Delivery, readDelivery } from './delivery.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Exchange } from './http-server.ts';
import type { IngestResult } from './ingest.ts';
import type { Metrics } from './metrics.ts';
import { notHttp, overloaded, type Refusal, refuse, unavailable } from './refusal.ts';
import { checkHead, type DeliveryAdmission, type Target, type Targets, tooLarge } from './request-head.ts';

export interface HandlerOptions {
  clock: Clock;
  bodies: BodyReader;
  commits: GroupCommit<Delivery, IngestResult>;
  metrics: Metrics;
  /** Why events could not be stored now; undefined where they could. */
  whyNotReady: () => Promise<string | undefined>;
  isDraining: () => boolean;
  onStored: (delivery: Delivery, result: IngestResult & { kind: 'stored' }) => void;
  onRefused: (refusal: Refusal, requestId: string, request: IncomingMessage) => void;
}

/** Answers one request. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  exchange: Exchange,
) => Promise<void>;

type Answer =
  | { kind: 'json'; body: Record<string, unknown> }
  | { kind: 'text'; contentType: string; text: string }
  | Refusal;

/** @param targets - what there is at the address that the requests come to. */
export function createHandler(targets: Targets, options: HandlerOptions): Handler {
  const { clock, bodies, commits, metrics } = options;

  const decide = async (
    request: IncomingMessage,
    target: Target | undefined,
    exchange: Exchange,
  ): Promise<Answer | undefined> => {
    const { method, headersDistinct: headers } = request;
    if (request.httpVersionMajor !== 1) return notHttp();
    if (exchange.isTooMany) return overloaded('pipelined');
    // Whether the process lives and how it does is told in any state.
    if (target?.kind !== 'live' && target?.kind !== 'metrics') {
      if (options.isDraining()) return shuttingDown();
      // A crowd is no reason to be taken out of service.
      if (target?.kind !== 'ready' && commits.isFull()) return overloaded('deliveries');
    }
    const from = { peer: request.socket.remoteAddress, httpVersion: request.httpVersion, nowMs: clock.now() };
    const head = checkHead({ method, headers, ...from }, target);
    switch (head.kind) {
      case 'refused':
        return head;
      case 'live':
        return { kind: 'json', body: { status: 'live' } };
      case 'ready':
        return notReady(await options.whyNotReady()) ?? { kind: 'json', body: { status: 'ready' } };
      case 'metrics':
        return { kind: 'text', ...(await metrics.exposition()) };
      case 'delivery':
        exchange.acceptBody();
        return bodies.read(request, (body) => receive(body, head));
    }
  };

  const receive = async (
    body: BodyReading,
    { source, checkBody }: DeliveryAdmission,
  ): Promise<Answer | undefined> => {
    if (body === 'gone') return undefined;
    if (body === 'too-large') return tooLarge();
    if (body === 'no-room') return overloaded('bytes');
    if (body === 'given-up') return shuttingDown();
    const nowMs = clock.now();
    const checked = checkBody(body, nowMs);
    if (checked.kind === 'refused') return checked;
    if (checked.key !== undefined) metrics.verified(source.provider, checked.key);
    const delivery = readDelivery(source, { body, nowMs });
    if (delivery.kind === 'refused') return delivery;
    const result = await commits.add(delivery);
    switch (result?.kind) {
      case undefined:
        return overloaded('deliveries');
      case 'unavailable':
        return notWritable(result.cause);
      case 'failed':
        return failed(result.cause);
      case 'stored':
        options.onStored(delivery, result);
        return { kind: 'json', body: acknowledgement(result) };
    }
  };

  return async (request, response, exchange) => {
    const startedAt = clock.monotonic();
    const target = targets.get(request.url ?? '');
    const answer = await decide(request, target, exchange).catch((error: unknown) => failed(String(error)));
    // Whoever sent it went away before all of it was there.
    if (!answer || request.socket.writableEnded) return;
    if ((options.isDraining() || exchange.isTooMany) && exchange.isLast())
      response.setHeader('connection', 'close');
    if (answer.kind === 'json') answerJson(response, answer.body);
    else if (answer.kind === 'text') answerText(response, answer);
    else {
      const requestId = randomUUID();
      options.onRefused(answer, requestId, request);
      answerRefusal(response, answer, { requestId, clock });
    }
    const provider = target?.kind === 'delivery' ? target.source.provider : '';
    metrics.answered(provider, response.statusCode, (clock.monotonic() - startedAt) / 1000);
  };
}

function acknowledgement({ receipts }: IngestResult & { kind: 'stored' }): Record<string, unknown> {
  const isRepeated = receipts.length > 0 && !receipts.some(({ stored }) => stored);
  const status = isRepeated ? 'duplicate' : 'stored';
  return receipts.every(({ matched }) => matched) ? { status } : { status, matched: false };
}

function shuttingDown(): Refusal {
  return unavailable('draining', 'The receiver is shutting down.', { retryAfterSeconds: 5 });
}

function notReady(cause: string | undefined): Refusal | undefined {
  return cause === undefined ? undefined : notWritable(cause);
}

function notWritable(cause: string): Refusal {
  return unavailable('database', 'Events can not be stored now.', { retryAfterSeconds: 10, cause });
}

function failed(cause: string): Refusal {
  return refuse(500, 'failed', 'This event could not be stored.', { cause });
}
