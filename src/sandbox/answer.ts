import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BodyProblem } from './order.ts';

export interface Answer {
  status: number;
  headers: OutgoingHttpHeaders;
  /** JSON text, a long one in pieces. */
  body: string | Generator<string>;
}

const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
} as const;

export function json(status: number, body: Answer['body']): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** A refusal as RFC 9457 has it; `errors` names the places in the request's body. */
export function problem(
  status: keyof typeof TITLES,
  detail: string,
  { headers, errors }: { headers?: OutgoingHttpHeaders; errors?: readonly BodyProblem[] } = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
    body: JSON.stringify({
      type: 'about:blank',
      title: TITLES[status],
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
  } catch {
    // The reader has left before the end.
  }
}
