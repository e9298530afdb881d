import { Pool } from 'undici';
import type { Clock } from '../clock.ts';
import type { Signer } from './sign.ts';

/** Sends events to the one place that wants them. */
export interface WebhookClient {
  /** Why the event did not arrive, or undefined where it did. */
  post(event: { id: string; body: string }): Promise<string | undefined>;
  /** Cuts off what is under way. */
  destroy(): Promise<void>;
}

const ANSWER_TIMEOUT_MS = 10_000;

export function createWebhookClient(
  { url, connections, sign }: { url: URL; connections: number; sign: Signer | undefined },
  clock: Clock,
): WebhookClient {
  const path = url.pathname + url.search;
  const pool = new Pool(url.origin, {
    connections,
    headersTimeout: ANSWER_TIMEOUT_MS,
    bodyTimeout: ANSWER_TIMEOUT_MS,
  });
  return {
    async post({ id, body }) {
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'shipctl-sandbox',
        ...sign?.({ id, timestampSeconds: Math.floor(clock.now() / 1000), body }),
      };
      try {
        const answer = await pool.request({ method: 'POST', path, headers, body });
        await answer.body.dump();
        const arrived = answer.statusCode >= 200 && answer.statusCode < 300;
        return arrived ? undefined : `HTTP ${answer.statusCode}`;
      } catch (error) {
        if (!(error instanceof Error)) return String(error);
        return 'code' in error ? String(error.code) : error.message;
      }
    },
    destroy: () => pool.destroy(),
  };
}
