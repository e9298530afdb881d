import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Answer, json, problem } from './answer.ts';
import { lookUpOrder, type OrderDesk, takeOrder } from './order-desk.ts';
import type { Role } from './role.ts';

/** Where the sandbox shows what it was sent, whatever provider it plays. */
const LEDGER_PATH = '/orders';

/** The answer to any request; undefined where it gets none. */
export async function answer(
  desk: OrderDesk,
  apiKey: string | undefined,
  request: IncomingMessage,
): Promise<Answer | undefined> {
  const { role, ledger } = desk;
  const { method = '', headers } = request;
  const [path = '', query] = (request.url ?? '').split('?', 2);
  const isOrder = method === 'POST' && path === role.orderPath;
  if (isOrder) ledger.countRequest();
  if (apiKey !== undefined && !isSame(headers.authorization ?? '', role.authorization(apiKey))) {
    return role.answers.unauthorized;
  }
  const methods = methodsAt(role, path);
  if (methods.length === 0) return problem(404, `There is nothing here; orders are at ${role.orderPath}.`);
  if (!methods.includes(method)) {
    return problem(405, `Not with ${method}.`, { headers: { allow: methods.join(', ') } });
  }
  if (isOrder) return takeOrder(desk, request);
  if (path === LEDGER_PATH) return json(200, ledger.listing());
  if (path === role.orderPath && role.lookUp) {
    return lookUpOrder(desk, role.lookUp, new URLSearchParams(query));
  }
  const order = ledger.order(orderIdIn(path) ?? '');
  return order === undefined ? problem(404, 'No such order was taken.') : json(200, order);
}

function methodsAt({ orderPath, lookUp }: Role, path: string): readonly string[] {
  const isLookUp = path === orderPath && lookUp !== undefined;
  const isRead = path === LEDGER_PATH || orderIdIn(path) !== undefined || isLookUp;
  return [...(isRead ? ['GET'] : []), ...(path === orderPath ? ['POST'] : [])];
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
