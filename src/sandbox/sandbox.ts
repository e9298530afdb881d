import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { CommandError } from '../errors.ts';
import type { Log } from '../log.ts';
import { send } from './answer.ts';
import { type EventCounts, startEvents } from './events.ts';
import { createFaults } from './faults.ts';
import { createLedger, type LedgerCounts } from './ledger.ts';
import type { Role } from './role.ts';
import { fictional } from './roles/fictional.ts';
import { answer } from './routes.ts';
import { createSigner } from './sign.ts';

/** Everything but the port has a default: no faults, no events, no key, the provider of the brief. */
export interface SandboxSettings {
  /** Which provider it plays. */
  role?: Role;
  /** 0 picks a free one. */
  port: number;
  webhookUrl?: URL | undefined;
  eventDelayMs?: number;
  /** Events are signed with it. */
  webhookSecret?: string | undefined;
  /** Requests without it are answered with 401. */
  apiKey?: string | undefined;
  latencyMs?: number;
  /** 0 to 1. */
  failRate?: number;
  /** 0 to 1. */
  dropRate?: number;
  /** Orders per second. */
  rateLimit?: number | undefined;
  seed?: number;
}

export interface Sandbox {
  url: string;
  port: number;
  ledger(): LedgerCounts;
  events(): EventCounts;
  /** Takes no more requests, answers those under way, drops the events that are left. */
  close(): Promise<void>;
}

// Longer than clients keep their connections, so that one is never cut while it is being used again.
const KEEP_ALIVE_MS = 120_000;
const FIRST_PAUSE_MS = 250;
const CLOSING_MS = 5_000;

/**
 * Starts a provider on the loopback address.
 * @throws CommandError `configuration` where the port or the secret can't be used.
 */
export async function startSandbox(
  settings: SandboxSettings,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Sandbox> {
  const { role = fictional, webhookUrl, webhookSecret, apiKey, rateLimit } = settings;
  const { eventDelayMs: delayMs = 0, latencyMs = 0, failRate = 0, dropRate = 0, seed = 0 } = settings;
  const sign = webhookSecret === undefined ? undefined : createSigner(role, webhookSecret);
  const ledger = createLedger();
  const events =
    webhookUrl &&
    startEvents({ role, url: webhookUrl, delayMs, firstPauseMs: FIRST_PAUSE_MS, seed, sign }, { clock, log });
  const nextFault = createFaults({ failRate, dropRate, rateLimit, seed });
  const desk = { role, ledger, events, nextFault, latencyMs, clock };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await answer(desk, apiKey, request);
    if (!reply) {
      request.socket.destroy();
      return;
    }
    if (!server.listening) response.setHeader('connection', 'close');
    await send(response, reply);
  }

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      log.error('sandbox: request failed', { reason: String(error) });
      response.destroy();
    });
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const port = await listen(server, settings.port);

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    ledger: () => ledger.counts(),
    events: () => events?.counts() ?? { delivered: 0, dropped: 0 },
    async close() {
      await stop(server, latencyMs + CLOSING_MS, clock);
      await events?.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function explain(error: NodeJS.ErrnoException, port: number): Error {
  const reason =
    error.code === 'EADDRINUSE' ? 'is in use' : `can't be listened on (${error.code ?? error.message})`;
  return new CommandError('configuration', `Port ${port} on 127.0.0.1 ${reason}.`, {
    hint: 'Choose another port with --port (0 picks a free one), or stop the program that has this one.',
    cause: error,
  });
}

function stop(server: Server, deadlineMs: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const keepConnections = clock.after(deadlineMs, () => server.closeAllConnections());
    server.close(() => {
      keepConnections();
      resolve();
    });
  });
}
