import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Clock } from '../clock.ts';
import { LINGER_MS } from './http-server.ts';
import { problemDocument, type Refusal } from './refusal.ts';
import { MAX_BODY_BYTES } from './request-head.ts';

export function answerJson(response: ServerResponse, body: Record<string, unknown>): void {
  answerText(response, { contentType: 'application/json', text: JSON.stringify(body) });
}

export function answerText(
  response: ServerResponse,
  { contentType, text }: { contentType: string; text: string },
): void {
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

/** Answers with a problem document, whether the body was read or not. */
export function answerRefusal(
  response: ServerResponse,
  refusal: Refusal,
  { requestId, clock }: { requestId: string; clock: Clock },
): void {
  const { headers, body } = problemDocument(refusal, requestId);
  const request = response.req;
  if (!request.complete && isLong(request)) response.setHeader('connection', 'close');
  response.writeHead(refusal.status, headers);
  if (request.complete || !response.hasHeader('connection')) {
    response.end(body);
  } else {
    response.write(body);
    endAfterLinger(request, response, clock);
  }
}

/** The answer as it goes over the wire, for a request that never became one. */
export function rawRefusal(refusal: Refusal, requestId: string): string {
  const { headers, body } = problemDocument(refusal, requestId);
  const lines = Object.entries({ ...headers, connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return [`HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? ''}`, ...lines, '', body].join(
    '\r\n',
  );
}

/** Whether what is left of the body is more than we want to read to its end, or may never come. */
function isLong({ headersDistinct: headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] || headers.expect) return true;
  return Number(headers['content-length']?.[0] ?? 0) > MAX_BODY_BYTES;
}

/** Closing at once would reset the connection while the sender is still writing, and it would never see the answer. */
function endAfterLinger(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  let discarded = 0;
  const end = () => response.end();
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > 16 * MAX_BODY_BYTES) end();
  });
  request.once('end', end);
  response.once('close', clock.after(LINGER_MS, end));
}
