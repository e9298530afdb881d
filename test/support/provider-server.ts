import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { getResponse, HttpResponse, http, type RequestHandler } from 'msw';
import { onTestFinished } from 'vitest';

/** What a provider received, in the order in which it came. */
export interface ReceivedRequest {
  method: string;
  path: string;
  headers: Headers;
  body: string;
}

/**
 * A provider that answers with msw's handlers, behind a real socket: undici's own client goes past msw's interceptors.
 * A request that no handler takes is answered with 501.
 */
export async function startProvider(...handlers: RequestHandler[]) {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, answer) => {
    const body = await buffer(request);
    const headers = new Headers(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const { method = 'GET', url = '/' } = request;
    received.push({ method, path: url, headers, body: body.toString('utf8') });
    const response = await getResponse(
      handlers,
      new Request(new URL(url, 'http://provider.test'), {
        method,
        headers,
        body: method === 'GET' ? null : body,
      }),
    );
    if (!response) return void answer.writeHead(501).end('no handler for this request');
    // msw's HttpResponse.error() stands for a connection that is cut.
    if (response.type === 'error') return void request.socket.destroy();
    answer.writeHead(response.status, Object.fromEntries(response.headers));
    if (response.body) Readable.fromWeb(response.body as never).pipe(answer);
    else answer.end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

/** The URL that msw's handlers match: `http.post(at('/orders'), …)`. */
export function at(path: string): string {
  return `http://provider.test${path}`;
}

/** A provider that answers orders in this way, one after the other, then with 201. */
export function answering(...answers: Response[]) {
  return http.post(at('/orders'), () => answers.shift() ?? new HttpResponse(null, { status: 201 }));
}
