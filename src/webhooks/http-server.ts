import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../errors.ts';
import { notHttp, type Refusal, refuse } from './refusal.ts';

/** How long a connection that is given up is still read from, so that the answer is not lost to a reset. */
export const LINGER_MS = 1000;

/** How long a connection is kept for a last request when no more are taken. */
const IDLE_MS = 1000;

const MAX_CONNECTIONS = 4096;

/** Longer than any request may take. */
const IDLE_SOCKET_MS = 20_000;

/** What goes with one request. */
export interface Exchange {
  /** To be called before the body is read: some senders wait for it (100-continue). */
  acceptBody(): void;
  /** Whether no other request came after it on its connection, so that the connection may end with its answer. */
  isLast(): boolean;
}

export interface HttpHandlers {
  request(request: IncomingMessage, response: ServerResponse, exchange: Exchange): void;
  /** What is not HTTP, or not in time. Returns the whole answer, as it goes over the wire. */
  broken(refusal: Refusal): string;
}

export interface ListenAddress {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** The flag that names the port. */
  flag?: 'port' | 'admin-port';
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
export async function startHttpServer(address: ListenAddress, handlers: HttpHandlers): Promise<HttpServer> {
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 15_000,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16 * 1024,
    // Counted by our own checks, which answer with a problem document.
    requireHostHeader: false,
  });
  // For who does not read the answers: Node takes up to twice as long to notice.
  server.timeout = IDLE_SOCKET_MS;
  // Node leaves out the headers beyond this number; the checks must see all of them.
  server.maxHeadersCount = 0;

  const sockets = new Set<Socket>();
  /** Per connection the last answer, after those before it that are still due. */
  const answers = new WeakMap<Duplex, readonly ServerResponse[]>();
  const onRequest = (request: IncomingMessage, response: ServerResponse, acceptBody = () => {}) => {
    const { socket } = request;
    const due = (answers.get(socket) ?? []).filter((earlier) => !earlier.writableEnded);
    answers.set(socket, [...due, response]);
    // Without a listener for upgrades, Node loses what came in one packet with such a request, behind it.
    if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close');
    handlers.request(request, response, {
      acceptBody,
      isLast: () => answers.get(socket)?.at(-1) === response,
    });
  };
  server.on('request', (request, response) => onRequest(request, response));
  server.on('checkExpectation', (request, response) => onRequest(request, response));
  server.on('checkContinue', (request, response) =>
    onRequest(request, response, () => response.writeContinue()),
  );
  server.on('connection', (socket) => {
    if (sockets.size >= MAX_CONNECTIONS && !makeRoom(sockets)) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isSilent(socket)) {
      socket.destroy();
      return;
    }
    const due = answers.get(socket) ?? [];
    const whole = due.findLast(({ req, writableEnded }) => req.complete && !writableEnded);
    if (whole) {
      // Requests before this one were in order and are being stored: their answers are the last to go out.
      if (!whole.headersSent) whole.setHeader('connection', 'close');
      return;
    }
    const last = due.at(-1);
    // Refused before all of it was there: that was its answer.
    const isAnswered = last?.headersSent && !last.req.complete;
    socket.end(isAnswered ? undefined : handlers.broken(explainClientError(error)));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  });

  return { url: await listen(server, address), drain: (grace) => drain(server, sockets, grace) };
}

/** Connected in advance, as load balancers and browsers do: to Node not idle, but nothing was asked for either. */
function isSilent(socket: Duplex): boolean {
  return socket instanceof Socket && socket.bytesRead === 0;
}

/** Gives up the connection that has said nothing for longest; false where all have. */
function makeRoom(sockets: Set<Socket>): boolean {
  for (const socket of sockets) {
    if (!isSilent(socket)) continue;
    sockets.delete(socket);
    socket.destroy();
    return true;
  }
  return false;
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

async function listen(server: Server, address: ListenAddress): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, address)));
    server.listen({ host: address.host, port: address.port }, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the server has no port');
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
}

function explainListenError(
  error: NodeJS.ErrnoException,
  { host, port, flag = 'port' }: ListenAddress,
): unknown {
  const settings = `--${flag} or SHIPCTL_${flag.toUpperCase().replace('-', '_')}`;
  const explain = (message: string, hint: string) =>
    new CommandError('configuration', message, { hint, cause: error });
  switch (error.code) {
    case 'EADDRINUSE':
      return explain(
        `Port ${port} of ${host} is in use by another program.`,
        `Stop that program, or choose another port with ${settings} (0 picks a free one).`,
      );
    case 'EACCES':
      return explain(
        `This user may not listen on port ${port} of ${host}.`,
        `Choose a port above 1023 with ${settings}.`,
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

async function drain(
  server: Server,
  sockets: ReadonlySet<Socket>,
  { acceptMs, graceMs }: Grace,
): Promise<void> {
  await sleep(acceptMs);
  // Not http's own close: that resets idle connections although the next request may be on its way on them.
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => resolve());
  });
  const idle = setTimeout(() => {
    server.closeIdleConnections();
    for (const socket of sockets) if (isSilent(socket)) socket.destroy();
  }, IDLE_MS);
  const end = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(end);
}
