import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { CommandError } from '../errors.ts';
import { type Refusal, refuse } from './refusal.ts';

/** How long a connection that is given up is still read from, so that the answer is not lost to a reset. */
export const LINGER_MS = 1000;

export interface HttpHandlers {
  /** @param acceptBody - to be called before the body is read: some senders wait for it (100-continue). */
  request(request: IncomingMessage, response: ServerResponse, acceptBody: () => void): void;
  /** What is not HTTP, or not in time. Returns the whole answer, as it goes over the wire. */
  broken(refusal: Refusal): string;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080` */
  url: string;
  /** Takes no new connection, and resolves when the last one is gone: at the latest after `graceMs`. */
  drain(graceMs: number): Promise<void>;
}

/**
 * An HTTP server that nobody can hold on to: slow, idle or endless senders lose their connection.
 * @throws CommandError `configuration` where it can't listen at that address.
 */
export async function startHttpServer(
  host: string,
  port: number,
  handlers: HttpHandlers,
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
    // Counted by our own checks, which answer with a problem document.
    requireHostHeader: false,
  });
  server.maxConnections = 4096;
  // Node leaves out the headers beyond this number; the checks must see all of them.
  server.maxHeadersCount = 0;

  const sockets = new Set<Socket>();
  const latest = new WeakMap<Duplex, ServerResponse>();
  const onRequest = (acceptBody: (response: ServerResponse) => void) => {
    return (request: IncomingMessage, response: ServerResponse) => {
      latest.set(request.socket, response);
      handlers.request(request, response, () => acceptBody(response));
    };
  };
  server.on(
    'request',
    onRequest(() => {}),
  );
  server.on(
    'checkContinue',
    onRequest((response) => response.writeContinue()),
  );
  server.on(
    'checkExpectation',
    onRequest(() => {}),
  );
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const response = latest.get(socket);
    if (response?.req.complete && !response.writableEnded) {
      // A request before this was in order and is being stored: its answer is the last thing to go out.
      if (!response.headersSent) response.setHeader('connection', 'close');
      return undefined;
    }
    socket.end(handlers.broken(explainClientError(error)));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
    return undefined;
  });

  return { url: await listen(server, host, port), drain: (graceMs) => drain(server, sockets, graceMs) };
}

function explainClientError({ code }: NodeJS.ErrnoException): Refusal {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refuse(408, 'slow_request', 'The request did not arrive in time.');
    case 'HPE_HEADER_OVERFLOW':
      return refuse(431, 'header_size', 'The headers are too long.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refuse(413, 'chunk_extensions', 'The chunk extensions are too long.');
    default:
      return refuse(400, 'not_http', 'The request is not well-formed HTTP.');
  }
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)));
    server.listen({ host, port }, resolve);
  });
  const { address, port: actualPort, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`;
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): unknown {
  const explain = (message: string, hint: string) =>
    new CommandError('configuration', message, { hint, cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return explain(
        `Port ${port} of ${host} is in use by another program.`,
        'Stop that program, or choose another port with --port or SHIPCTL_PORT (0 picks a free one).',
      );
    case 'EACCES':
      return explain(
        `This user may not listen on port ${port} of ${host}.`,
        'Choose a port above 1023 with --port or SHIPCTL_PORT.',
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return explain(
        `${host} is no address of this machine.`,
        'Name one with --host or SHIPCTL_HOST, for example 127.0.0.1.',
      );
    default:
      return error;
  }
}

async function drain(server: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  // To Node a connection that has not sent anything yet is not idle.
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
