import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { answerOk, answerRefusal } from './answer.ts';
import { readBody } from './body.ts';
import { type Delivery, readDelivery } from './delivery.ts';
import type { GroupCommit } from './group-commit.ts';
import type { IngestResult } from './ingest.ts';
import { type Refusal, refuse, unavailable } from './refusal.ts';
import { checkHead, type DeliveryAdmission, MAX_BODY_BYTES, type Targets, tooLarge } from './request-head.ts';

export interface HandlerOptions {
  targets: Targets;
  clock: Clock;
  commits: GroupCommit<Delivery, IngestResult>;
  /** Whether events could be stored now. */
  isReady: () => Promise<boolean>;
  isDraining: () => boolean;
  onStored: (result: IngestResult & { kind: 'stored' | 'duplicate' }) => void;
  onRefused: (refusal: Refusal, requestId: string, request: IncomingMessage) => void;
}

/** Answers one request. Never throws. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  acceptBody: () => void,
) => Promise<void>;

type Answer = { kind: 'ok'; body: Record<string, unknown> } | Refusal;

export function createHandler(options: HandlerOptions): Handler {
  const { targets, clock, commits } = options;

  const decide = async (request: IncomingMessage, acceptBody: () => void): Promise<Answer | undefined> => {
    const { method, url, headersDistinct: headers } = request;
    if (url !== '/livez') {
      if (options.isDraining()) return unavailable('draining', 'The receiver is shutting down.', 5);
      if (commits.isFull()) return overloaded();
    }
    const head = checkHead({ method, url, headers, peer: request.socket.remoteAddress }, targets);
    switch (head.kind) {
      case 'refused':
        return head;
      case 'live':
        return { kind: 'ok', body: { status: 'live' } };
      case 'ready':
        return (await options.isReady())
          ? { kind: 'ok', body: { status: 'ready' } }
          : notWritable('not ready');
      case 'delivery':
        acceptBody();
        return receive(request, head);
    }
  };

  const receive = async (
    request: IncomingMessage,
    { source, checkBody }: DeliveryAdmission,
  ): Promise<Answer | undefined> => {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (body === 'gone') return undefined;
    if (body === 'too-large') return tooLarge();
    const nowMs = clock();
    const refusal = checkBody(body, nowMs);
    if (refusal) return refusal;
    const delivery = readDelivery(source, body, nowMs);
    if (delivery.kind === 'refused') return delivery;
    const result = await commits.add(delivery);
    if (!result) return overloaded();
    if (result.kind === 'unavailable') return notWritable(result.reason);
    if (result.kind === 'failed') return failed(result.reason);
    options.onStored(result);
    return { kind: 'ok', body: { status: result.kind, ...(!result.matched && { matched: false }) } };
  };

  return async (request, response, acceptBody) => {
    const answer = await decide(request, acceptBody).catch((error: unknown) => failed(String(error)));
    // Whoever sent it went away before all of it was there.
    if (!answer) return;
    if (options.isDraining()) response.setHeader('connection', 'close');
    if (answer.kind === 'ok') {
      answerOk(response, answer.body);
      return;
    }
    const requestId = randomUUID();
    options.onRefused(answer, requestId, request);
    answerRefusal(response, answer, requestId);
  };
}

function overloaded(): Refusal {
  return unavailable('overloaded', 'More events are waiting than can be stored now.', 1);
}

function notWritable(reason: string): Refusal {
  return unavailable(`database: ${reason}`, 'Events can not be stored now.', 10);
}

function failed(reason: string): Refusal {
  return refuse(500, reason, 'This event could not be stored.');
}
