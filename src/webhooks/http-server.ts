import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../clock.ts';
import { type Connections, createConnections, isSilent } from './connections.ts';
import { type ListenAddress, listen } from './listen.ts';
import { notFound, notHttp, overloaded, type Refusal, refuse } from './refusal.ts';

/** How long a connection that is given up is still read from, so that the answer is not lost to a reset. */
export const LINGER_MS = 1000;

/** Connections may come faster than they can be taken: then some are left after all. */
const MAX_ACCEPT_MS = 2_000;

/** How long a connection is kept for a last request when no more are taken. */
const IDLE_MS = 1000;

/** Longer than any request may take. */
const IDLE_SOCKET_MS = 20_000;

/** Requests that one connection may have under way; senders that wait for their answers have one. */
const MAX_DUE = 64;

/** What goes with one request. */
export interface Exchange {
  /** To be called before the body is read: some senders wait for it (100-continue). */
  acceptBody(): void;
  /** Whether no other request came after it on its connection, so that the connection may end with its answer. */
  isLast(): boolean;
  /** Whether its connection has more requests under way than it may. */
  isTooMany: boolean;
}

export interface HttpHandlers {
  request(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void;
  /** What is not HTTP, not in time, or not to be served. Returns the whole answer, as it goes over the wire. */
  broken(refusal: Refusal, peer: string | undefined): string;
  /** A connection was ended without an answer. */
  gaveUp(refusal: Refusal, peer: string | undefined): void;
}

export interface Grace {
  /** Connections that wait to be accepted would be reset with their requests on them. */
  acceptMs: number;
  graceMs: number;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080` */
  url: string;
  /** Takes new connections for `acceptMs` more, and resolves when the last one is gone: at the latest `graceMs` later. */
  drain(grace: Grace): Promise<void>;
}

/**
 * An HTTP server that nobody can hold on to: slow, idle or endless senders lose their connection.
 * @throws CommandError `configuration` where it can't listen at that address.
 */
export async function startHttpServer(
  address: ListenAddress,
  handlers: HttpHandlers,
  clock: Clock,
): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
    // Counted by our own checks, which answer with a problem document.
    requireHostHeader: false,
  });
  // For who does not read the answers: Node claims to twice as long to notice.
  server.timeout = IDLE_SOCKET_MS;
  // Node leaves out the headers beyond this number; the checks must see all of them.
  server.maxHeadersCount = 0;

  const connections = createConnections();
  const onRequest = (request: IncomingMessage, response: ServerResponse, acceptBody = () => {}) => {
    const { socket } = request;
    const due = connections.begin(socket, response);
    // Without a listener for upgrades, Node loses what came in one packet with such a request, behind it.
    if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close');
    handlers.request(request, response, {
      acceptBody,
      isLast: () => connections.last(socket) === response,
      isTooMany: due > MAX_DUE,
    });
  };
  const refuseConnection = (socket: Duplex, refusal: Refusal) => {
    socket.end(handlers.broken(refusal, peerOf(socket)));
    socket.once(
      'close',
      clock.after(LINGER_MS, () => socket.destroy()),
    );
  };
  server.on('request', (request, response) => onRequest(request, response));
  server.on('checkExpectation', (request, response) => onRequest(request, response));
  server.on('checkContinue', (request, response) =>
    onRequest(request, response, () => response.writeContinue()),
  );
  server.on('connect', (_request, socket) => refuseConnection(socket, notFound()));
  server.on('connection', (socket) => {
    const giveUp = (other: Socket) => {
      // Whoever asked for something is told; an answer that nobody asked for would be taken for the next one.
      if (connections.due(other).some(({ headersSent }) => !headersSent)) {
        refuseConnection(other, overloaded('connections'));
        return;
      }
      handlers.gaveUp(overloaded('connections'), other.remoteAddress);
      other.destroy();
    };
    if (!connections.add(socket, giveUp)) giveUp(socket);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isSilent(socket)) {
      socket.destroy();
      return;
    }
    const whole = connections
      .due(socket)
      .findLast(({ req, writableEnded }) => req.complete && !writableEnded);
    if (whole) {
      // Requests before this one were in order and are being stored: their answers are the last to go out.
      if (!whole.headersSent) whole.setHeader('connection', 'close');
      return;
    }
    const last = connections.last(socket);
    // Refused before all of it was there: that was its answer.
    if (last?.headersSent && !last.req.complete) socket.end();
    else refuseConnection(socket, explainClientError(error));
  });

  return { url: await listen(server, address), drain: (grace) => drain(server, connections, grace, clock) };
}

function peerOf(socket: Duplex & Partial<Pick<Socket, 'remoteAddress'>>): string | undefined {
  return socket.remoteAddress;
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
      return notHttp();
  }
}

async function drain(
  server: Server,
  connections: Connections,
  { acceptMs, graceMs }: Grace,
  clock: Clock,
): Promise<void> {
  await clock.sleep(acceptMs);
  await acceptWaiting(server, clock);
  // Not http's own close: that resets idle connections although the next request may be on its way on them.
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
  const keepIdle = clock.after(IDLE_MS, async () => {
    await looked();
    server.closeIdleConnections();
    connections.endSilent();
  });
  const keepAll = clock.after(graceMs, () => server.closeAllConnections());
  await closed;
  keepIdle();
  keepAll();
}

/**
 * Accepts what waits to be: one connection in each turn of the event loop, of which there are few on a busy machine.
 * Those left behind would be reset.
 */
async function acceptWaiting(server: Server, clock: Clock): Promise<void> {
  const endsAt = clock.monotonic() + MAX_ACCEPT_MS;
  let hasMore = false;
  const onConnection = () => {
    hasMore = true;
  };
  server.on('connection', onConnection);
  do {
    hasMore = false;
    await looked();
  } while (hasMore && clock.monotonic() < endsAt);
  server.off('connection', onConnection);
}

/** Timers come before sockets: on a busy machine, what waits there was sent in time and has not been looked at. */
function looked(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
