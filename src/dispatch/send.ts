import { Pool } from 'undici';
import type { Clock } from '../clock.ts';
import type { ProviderSettings } from '../config.ts';
import type { HttpAnswer, Outcome, Provider } from '../providers/provider.ts';
import { outcomeOfFailure } from './failure.ts';

const CONNECT_TIMEOUT_MS = 3_000;
/** Below what servers usually keep a connection for, so that none is used that is just being closed. */
const KEEP_ALIVE_MS = 4_000;
const MAX_BODY_BYTES = 65_536;

export interface Attempt {
  outcome: Outcome;
  startedAt: number;
  durationMs: number;
}

export interface Sender {
  /** Sends one shipment, once. Every failure is an outcome. */
  send(shipment: { shipmentId: string; body: string }): Promise<Attempt>;
  close(): Promise<void>;
}

/** One provider's connections. */
export function createSender(
  provider: Provider,
  settings: ProviderSettings,
  { clock, userAgent }: { clock: Clock; userAgent: string },
): Sender {
  const { url, timeoutMs, apiKey } = settings;
  const basePath = url.pathname.replace(/\/$/, '');
  const pool = new Pool(url.origin, {
    connections: settings.concurrency,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: Math.min(CONNECT_TIMEOUT_MS, timeoutMs) },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The signal below ends the whole request; these would each start anew.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const ask = async ({ shipmentId, body }: { shipmentId: string; body: string }): Promise<Outcome> => {
    try {
      const { path, method, headers } = provider.request(shipmentId, { apiKey });
      const response = await pool.request({
        path: `${basePath}${path}`,
        method,
        headers: { ...headers, 'user-agent': userAgent },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer: HttpAnswer = {
        status: response.statusCode,
        headers: response.headers,
        body: await readStart(response.body),
      };
      return provider.outcome(answer, clock());
    } catch (error) {
      return outcomeOfFailure(error, timeoutMs);
    }
  };

  return {
    async send(shipment) {
      const startedAt = clock();
      const started = performance.now();
      const outcome = await ask(shipment);
      return { outcome, startedAt, durationMs: Math.round(performance.now() - started) };
    },
    close: () => pool.close(),
  };
}

/** The body up to the limit. One that breaks off or does not end has still come with a status that counts. */
async function readStart(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= MAX_BODY_BYTES) break;
    }
  } catch {
    // What was read until then is all there is.
  }
  return Buffer.concat(chunks).toString('utf8', 0, Math.min(bytes, MAX_BODY_BYTES));
}
