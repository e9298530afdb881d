import { toRfc3339 } from '../clock.ts';

/** `replay`: the same order with the same body again. `conflict`: with another body; the first one stays. */
export type Taking = 'new' | 'replay' | 'conflict';

export interface LedgerCounts {
  /** Every order that was posted, whatever it was answered. */
  received: number;
  unique: number;
  replays: number;
  conflicts: number;
}

/** What the sandbox was sent, in memory only. */
export interface Ledger {
  countRequest(): void;
  /** @param body - valid JSON text. */
  take(orderId: string, body: string, nowMs: number): Taking;
  /** How often an order came, with whatever body. */
  times(orderId: string): number;
  counts(): LedgerCounts;
  /** One order as JSON text. */
  order(orderId: string): string | undefined;
  /** The counts and every order there is at this moment as the pieces of one JSON text, in the order of arrival. */
  listing(): Generator<string>;
}

interface Entry {
  orderId: string;
  receivedAtMs: number;
  /** Kept as it came: cheap to store and to compare, and valid inside of another JSON text. */
  body: string;
  replays: number;
  conflicts: number;
}

const PIECE_LENGTH = 64 * 1024;

export function createLedger(): Ledger {
  const entries = new Map<string, Entry>();
  let received = 0;
  let replays = 0;
  let conflicts = 0;

  const counts = () => ({ received, unique: entries.size, replays, conflicts });

  return {
    countRequest() {
      received += 1;
    },
    take(orderId, body, nowMs) {
      const entry = entries.get(orderId);
      if (!entry) {
        entries.set(orderId, { orderId, receivedAtMs: nowMs, body, replays: 0, conflicts: 0 });
        return 'new';
      }
      if (entry.body !== body) {
        entry.conflicts += 1;
        conflicts += 1;
        return 'conflict';
      }
      entry.replays += 1;
      replays += 1;
      return 'replay';
    },
    times(orderId) {
      const entry = entries.get(orderId);
      return entry ? 1 + entry.replays + entry.conflicts : 0;
    },
    counts,
    order(orderId) {
      const entry = entries.get(orderId);
      return entry && orderJson(entry);
    },
    *listing() {
      const { unique } = counts();
      let piece = `${JSON.stringify(counts()).slice(0, -1)},"orders":[`;
      let listed = 0;
      for (const entry of entries.values()) {
        // Orders that arrive while the list is read are not in its counts either.
        if (listed === unique) break;
        piece += listed === 0 ? orderJson(entry) : `,${orderJson(entry)}`;
        listed += 1;
        if (piece.length >= PIECE_LENGTH) {
          yield piece;
          piece = '';
        }
      }
      yield `${piece}]}`;
    },
  };
}

function orderJson({ orderId, receivedAtMs, body, replays }: Entry): string {
  const receivedAt = toRfc3339(receivedAtMs);
  return `{"order_id":${JSON.stringify(orderId)},"received_at":"${receivedAt}","replays":${replays},"body":${body}}`;
}
