import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Answer, json, problem } from './answer.ts';
import { type OrderDesk, takeOrder } from './take-order.ts';

/** The answer to any request; undefined where it gets none. */
export async function answer(
  desk: OrderDesk,
  apiKey: string | undefined,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  const path = request.url?.split('?', 1)[0] ?? '';
  const isOrder = request.method === 'POST' && path === '/orders';
  if (isOrder) desk.ledger.countRequest();
  if (apiKey !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${apiKey}`)) {
    const headers = { 'www-authenticate': 'Bearer' };
    return problem(401, 'The API key is missing or wrong.', { headers });
  }
  if (isOrder) return takeOrder(desk, request);

  const orderId = orderIdIn(path);
  if (path !== '/orders' && orderId === undefined) {
    return problem(404, 'There is nothing here; orders are at /orders.');
  }
  if (request.method !== 'GET') {
    const headers = { allow: orderId === undefined ? 'GET, POST' : 'GET' };
    return problem(405, `Not with ${request.method}.`, { headers });
  }
  if (orderId === undefined) return json(200, desk.ledger.listing());
  const order = desk.ledger.order(orderId);
  return order === undefined ? problem(404, 'No such order was taken.') : json(200, order);
}

function orderIdIn(path: string): string | undefined {
  const encoded = /^\/orders\/([^/]+)$/.exec(path)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function isSame(received: string, expected: string): boolean {
  const [one, other] = [Buffer.from(received), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
