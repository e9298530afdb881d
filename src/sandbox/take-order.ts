import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import { type Answer, json, problem } from './answer.ts';
import type { EventSender } from './events.ts';
import type { Fault } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { readOrder } from './order.ts';
import { readBody } from './request-body.ts';

export interface OrderDesk {
  ledger: Ledger;
  /** Undefined where nobody wants events. */
  events: EventSender | undefined;
  nextFault: (nowMs: number) => Fault;
  latencyMs: number;
  clock: Clock;
}

/** The answer to a `POST /orders`; undefined where it gets none. */
export async function takeOrder(desk: OrderDesk, request: IncomingMessage): Promise<Answer | undefined> {
  const body = await readBody(request);
  if (body === 'aborted') return undefined;
  if (desk.latencyMs > 0) await sleep(desk.latencyMs);
  const fault = desk.nextFault(performance.now());
  if (fault === 'throttle') {
    return problem(429, 'Too many orders in one second.', { headers: { 'retry-after': '1' } });
  }
  if (fault === 'fail') return problem(503, 'A fault, as asked for: nothing was taken.');
  const answer = judge(desk, request.headers, body);
  // Without an answer its sender is left in doubt only about an order that is here.
  return fault === 'drop' && (answer.status === 201 || answer.status === 409) ? undefined : answer;
}

function judge(desk: OrderDesk, headers: IncomingHttpHeaders, body: Buffer | 'too_large'): Answer {
  if (body === 'too_large') return problem(413, 'The body is longer than 64 KiB.');
  if (!isPlainJson(headers)) return problem(415, 'The body must be application/json, not compressed.');
  const reading = readOrder(body);
  if (reading.kind === 'not_json') return problem(400, 'The body is not JSON in UTF-8.');
  if (reading.kind === 'invalid') {
    return problem(422, 'The body is not an order.', { errors: reading.problems });
  }
  const key = headers['idempotency-key'];
  if (key !== undefined && key !== `"${reading.orderId}"`) {
    return problem(400, 'The Idempotency-Key must be the order_id in double quotes.');
  }
  return enter(desk, reading.orderId, reading.json);
}

function enter({ ledger, events, clock }: OrderDesk, orderId: string, body: string): Answer {
  const taking = ledger.take(orderId, body, clock());
  switch (taking) {
    case 'new':
      events?.begin(orderId);
      return json(201, JSON.stringify({ order_id: orderId, status: 'accepted' }));
    case 'replay':
      return problem(409, 'This order was taken already.');
    case 'conflict':
      return problem(422, 'An order with this order_id and another body was taken already.');
    default:
      return taking satisfies never;
  }
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  const mediaType = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  return mediaType === 'application/json' && (headers['content-encoding'] ?? 'identity') === 'identity';
}
