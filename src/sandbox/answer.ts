import { type OutgoingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../errors.ts';
import type { BodyProblem } from './order-body.ts';

export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  /** JSON text, a long one in pieces. */
  body: string | Generator<string>;
}

export function json(status: number, body: Answer['body']): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** A refusal as RFC 9457 has it; `errors` names the places in the request's body. */
export function problem(
  status: number,
  detail: string,
  { headers, errors }: { headers?: OutgoingHttpHeaders; errors?: readonly BodyProblem[] } = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      detail,
      ...(errors && { errors: errors.map(({ pointer, message }) => ({ pointer, detail: message })) }),
    }),
  };
}

export async function send(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  if (typeof body === 'string') {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  try {
    await pipeline(Readable.from(body), response);
  } catch (error) {
    // The reader has left.
    if (codeOf(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
