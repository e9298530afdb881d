import { createHmac } from 'node:crypto';
import { anEvent, NOW, SECRET } from '../support.ts';
import type { Answer } from './answer.ts';

/** What is sent on one connection, and every answer that comes before the connection is closed. */
export type Hostile = readonly [name: string, bytes: Buffer, ...answers: readonly Answer[]];

export const PATH = '/webhooks/fictional';

/** Sent after an attack: answered only where the connection is still in order. */
export const PROBE = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

export const UNSIGNED_HEADERS = {
  'webhook-id': undefined,
  'webhook-timestamp': undefined,
  'webhook-signature': undefined,
};

export interface Delivery {
  line?: string;
  /** Instead of the usual ones; undefined leaves one out. */
  headers?: Readonly<Record<string, string | undefined>>;
  /** After all others, exactly so. */
  lines?: readonly string[];
  body?: string | Buffer;
  /** What the signature is for, where that is not the body as sent. */
  signs?: string | Buffer;
}

/** The bytes of a delivery that is in order and signed, apart from what is said otherwise. */
export function post(delivery: Delivery = {}): Buffer {
  const { line = `POST ${PATH} HTTP/1.1`, headers = {}, lines = [], body = anEvent(), signs } = delivery;
  const usual = {
    Host: 'localhost',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...signed(signs ?? body),
  };
  const head = [
    line,
    ...Object.entries<string | undefined>({ ...usual, ...headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}: ${value}`],
    ),
    ...lines,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]);
}

/** The same in chunks: `body` is what goes over the wire, sizes and all. */
export function postChunked(body: string | Buffer, delivery: Delivery = {}): Buffer {
  const headers = { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked', ...delivery.headers };
  return post({ signs: anEvent(), ...delivery, headers, body });
}

export function chunk(data: string, size = Buffer.byteLength(data).toString(16)): string {
  return `${size}\r\n${data}\r\n`;
}

export const LAST_CHUNK = '0\r\n\r\n';

/** The headers of Standard Webhooks, over the bytes as they are. */
export function signed(
  body: string | Buffer,
  { secret = SECRET, id = 'msg_1', timestamp = String(NOW / 1000) } = {},
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${hmac}` };
}
