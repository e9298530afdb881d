import { STATUS_CODES } from 'node:http';

/** Why a request is not answered with 200. */
export interface Refusal {
  kind: 'refused';
  status: number;
  /** For whoever sent it. */
  detail: string;
  /** One word for our log and our metrics, which may say more than the sender should know. */
  reason: string;
  /** What is behind it, for our log. */
  cause?: string;
  headers?: Readonly<Record<string, string>>;
  errors?: readonly { pointer: string; detail: string }[];
}

export function refuse(
  status: number,
  reason: string,
  detail: string,
  more: Pick<Refusal, 'headers' | 'errors' | 'cause'> = {},
): Refusal {
  return { kind: 'refused', status, reason, detail, ...more };
}

export function notHttp(): Refusal {
  return refuse(400, 'not_http', 'The request is not well-formed HTTP.');
}

export function notFound(): Refusal {
  return refuse(404, 'path', 'There is nothing at this path.');
}

/** One text for all reasons: what exactly is wrong with a signature helps only who forges one. */
export function unauthorized(reason: string): Refusal {
  return refuse(401, reason, 'The signature is missing or not valid.');
}

/** @param retryAfterSeconds - when it is worth trying again. */
export function unavailable(
  reason: string,
  detail: string,
  { retryAfterSeconds, cause }: { retryAfterSeconds: number; cause?: string },
): Refusal {
  const headers = { 'retry-after': String(retryAfterSeconds) };
  return refuse(503, reason, detail, { headers, ...(cause !== undefined && { cause }) });
}

/** @param reason - of what there is too much. */
export function overloaded(reason: 'deliveries' | 'bytes' | 'connections' | 'pipelined'): Refusal {
  return unavailable(`overloaded_${reason}`, 'More is being sent than can be stored now.', {
    retryAfterSeconds: 1,
  });
}

/** The problem document (RFC 9457) of a refusal, with the headers that go with it. */
export function problemDocument(
  { status, detail, headers, errors }: Refusal,
  requestId: string,
): { headers: Record<string, string>; body: string } {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, ...(errors && { errors }) });
  return {
    headers: {
      ...headers,
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      'x-request-id': requestId,
    },
    body,
  };
}
