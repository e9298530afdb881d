import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ProviderSettings } from '../config.ts';
import type { Db } from '../db/open.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { rawRefusal } from './answer.ts';
import type { Delivery } from './delivery.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHandler } from './handler.ts';
import { startHttpServer } from './http-server.ts';
import { ingest } from './ingest.ts';
import { createReadiness } from './readiness.ts';
import { createRefusalLog } from './refusal-log.ts';
import { createTargets } from './request-head.ts';
import { planSources } from './sources.ts';

const MAX_BATCH = 500;
const MAX_WAITING = 4096;
const GRACE_MS = 10_000;

export interface ReceiverOptions {
  db: Db;
  providers: ReadonlyMap<string, Provider>;
  settings: ReadonlyMap<string, ProviderSettings>;
  clock: Clock;
  log: Log;
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Deliveries that may wait to be stored; those beyond are refused. */
  maxWaiting?: number;
}

/** What came of the requests since the start. */
export interface ReceiverCounts {
  stored: number;
  /** Of those stored. */
  unmatched: number;
  duplicates: number;
  refused: number;
}

export interface Receiver {
  url: string;
  /** Finishes what is under way; after that nothing uses the database any more. */
  close(): Promise<ReceiverCounts>;
}

/**
 * Receives events at `POST /webhooks/<provider>`: a 200 means that the event is stored durably.
 * @throws CommandError `configuration` where it can't listen at that address, or must not.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { db, clock, log } = options;
  const sources = planSources(options.providers, options.settings, options.host);
  const counts: ReceiverCounts = { stored: 0, unmatched: 0, duplicates: 0, refused: 0 };
  const logRefusal = createRefusalLog(log, clock);
  const underWay = new Set<Promise<void>>();
  let draining = false;

  const handler = createHandler({
    targets: createTargets(sources),
    clock,
    commits: createGroupCommit((deliveries: readonly Delivery[]) => ingest(db, deliveries), {
      maxBatch: MAX_BATCH,
      maxWaiting: options.maxWaiting ?? MAX_WAITING,
    }),
    isReady: createReadiness(db, clock),
    isDraining: () => draining,
    onStored({ kind, matched }) {
      if (kind === 'duplicate') counts.duplicates += 1;
      else counts.stored += 1;
      if (kind === 'stored' && !matched) counts.unmatched += 1;
    },
    onRefused(refusal, requestId, request) {
      counts.refused += 1;
      logRefusal(refusal, requestId, request);
    },
  });
  const server = await startHttpServer(options.host, options.port, {
    request(request, response, acceptBody) {
      const handling = handler(request, response, acceptBody).finally(() => underWay.delete(handling));
      underWay.add(handling);
    },
    broken(refusal) {
      const requestId = randomUUID();
      counts.refused += 1;
      logRefusal(refusal, requestId);
      return rawRefusal(refusal, requestId);
    },
  });
  for (const [provider, { access }] of sources) {
    if (access.kind === 'local') {
      log.warn('no webhook secret: events are taken unsigned, from this machine only', { provider });
    }
  }
  return {
    url: server.url,
    async close() {
      draining = true;
      await server.drain(GRACE_MS);
      await Promise.all(underWay);
      return counts;
    },
  };
}
