import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { ProviderSettings } from '../config.ts';
import type { OpenDatabase } from '../db/open.ts';
import { CommandError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Provider } from '../providers/provider.ts';
import { rawRefusal } from './answer.ts';
import { createBodyReader } from './body.ts';
import type { Delivery } from './delivery.ts';
import { createGroupCommit } from './group-commit.ts';
import { createHandler, type Handler, type HandlerOptions } from './handler.ts';
import { type HttpHandlers, type HttpServer, startHttpServer } from './http-server.ts';
import { type IngestResult, ingest } from './ingest.ts';
import { createMetrics } from './metrics.ts';
import { createReadiness } from './readiness.ts';
import type { Refusal } from './refusal.ts';
import { createRefusalLog, type RefusedRequest } from './refusal-log.ts';
import { deliveryTargets, MAX_BODY_BYTES, operationTargets, type Targets } from './request-head.ts';
import { planSources } from './sources.ts';
import { createUnmatchedGauge } from './unmatched-gauge.ts';

const MAX_BATCH = 500;
const MAX_WAITING = 4096;
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** How long a request under way may take once the receiver is closed; a body that has not come until then gets a 503. */
const BODY_GRACE_MS = 8_000;
const GRACE_MS = 10_000;
const LAST_ACCEPT_MS = 250;

export interface ReceiverOptions {
  database: Pick<OpenDatabase, 'db' | 'isReplaced'>;
  providers: ReadonlyMap<string, Provider>;
  settings: ReadonlyMap<string, ProviderSettings>;
  clock: Clock;
  log: Log;
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Of its own for health and metrics; undefined for the same. */
  adminPort: number | undefined;
  /** Bounds on what may be held at the same time; beyond them deliveries are refused. */
  limits?: { waiting?: number; bytes?: number };
  /** For how long connections are still accepted once it is closed. */
  lastAcceptMs?: number;
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
  /** Where health and metrics are told. */
  adminUrl: string;
  /** Aborts when the database is not the one any more that was opened: nothing can be stored until a new start. */
  lost: AbortSignal;
  /** Finishes what is under way; after that nothing uses the database any more. */
  close(): Promise<ReceiverCounts>;
}

/**
 * Receives events at `POST /webhooks/<provider>`: a 200 means that the event is stored durably.
 * @throws CommandError `configuration` where it can't listen at that address, or must not.
 */
export async function startReceiver(options: ReceiverOptions): Promise<Receiver> {
  const { clock, log, host, port, adminPort, limits = {} } = options;
  const { db } = options.database;
  if (adminPort === port && port !== 0) throw samePort();
  const sources = planSources(options.providers, options.settings, { host, log, clock });
  const counts: ReceiverCounts = { stored: 0, unmatched: 0, duplicates: 0, refused: 0 };
  const refusalLog = createRefusalLog(log, clock);
  const underWay = new Set<Promise<void>>();
  let draining = false;
  const lost = new AbortController();
  const whyLost = () => {
    if (options.database.isReplaced()) lost.abort();
    return lost.signal.aborted ? 'the database file was deleted or replaced while it was in use' : undefined;
  };

  const bodies = createBodyReader({
    maxBytes: MAX_BODY_BYTES,
    maxHeldBytes: limits.bytes ?? MAX_HELD_BYTES,
  });
  const commits = createGroupCommit(
    (deliveries: readonly Delivery[]): Promise<IngestResult[]> => {
      const cause = whyLost();
      if (cause !== undefined) return Promise.resolve(deliveries.map(() => ({ kind: 'unavailable', cause })));
      return ingest(db, deliveries).then((results) => {
        const stored = results.filter(({ kind }) => kind === 'stored').length;
        if (stored > 0) metrics.committed(stored);
        return results;
      });
    },
    {
      maxBatch: MAX_BATCH,
      maxWaiting: limits.waiting ?? MAX_WAITING,
      isForAll: ({ kind }) => kind === 'unavailable',
    },
  );
  const metrics = createMetrics({
    waiting: commits.waiting,
    unmatched: createUnmatchedGauge(db, clock),
    clock,
  });
  const refused = (refusal: Refusal, requestId: string | undefined, request: RefusedRequest) => {
    counts.refused += 1;
    metrics.refused(refusal.reason);
    refusalLog.add(refusal, requestId, request);
  };
  const shared: HandlerOptions = {
    clock,
    bodies,
    commits,
    metrics,
    whyNotReady: createReadiness(db, clock, whyLost),
    isDraining: () => draining,
    onStored({ events }, { receipts }) {
      receipts.forEach((receipt, index) => {
        const event = events[index];
        if (event) metrics.received(event, receipt);
        if (!receipt.stored) counts.duplicates += 1;
        else counts.stored += 1;
        if (receipt.stored && !receipt.matched) counts.unmatched += 1;
      });
    },
    onRefused: (refusal, requestId, { method, url, socket }) =>
      refused(refusal, requestId, { method, url, peer: socket.remoteAddress }),
  };
  const serve = (targets: Targets): HttpHandlers => {
    const handler: Handler = createHandler(targets, shared);
    return {
      request(request, response, exchange) {
        const handling = handler(request, response, exchange).finally(() => underWay.delete(handling));
        underWay.add(handling);
      },
      broken(refusal, peer) {
        const requestId = randomUUID();
        refused(refusal, requestId, { method: undefined, url: undefined, peer });
        metrics.answered('', refusal.status);
        return rawRefusal(refusal, requestId);
      },
      gaveUp(refusal, peer) {
        refused(refusal, undefined, { method: undefined, url: undefined, peer });
      },
    };
  };

  const deliveries = deliveryTargets(sources);
  const operation = operationTargets();
  const servers: HttpServer[] = [];
  const close = async () => {
    draining = true;
    const keepWaiting = clock.after(BODY_GRACE_MS, () => bodies.giveUp());
    // Health and metrics are told until the last delivery is answered.
    const endsAt = clock.monotonic() + GRACE_MS;
    let acceptMs = options.lastAcceptMs ?? LAST_ACCEPT_MS;
    for (const server of servers) {
      await server.drain({ acceptMs, graceMs: Math.max(0, endsAt - clock.monotonic()) });
      acceptMs = 0;
    }
    keepWaiting();
    await Promise.all(underWay);
    refusalLog.close();
    for (const { access } of sources.values()) if (access.kind === 'signed') access.keyring.close();
    return counts;
  };
  try {
    if (adminPort === undefined) {
      servers.push(
        await startHttpServer({ host, port }, serve(new Map([...deliveries, ...operation])), clock),
      );
    } else {
      servers.push(await startHttpServer({ host, port }, serve(deliveries), clock));
      servers.push(
        await startHttpServer({ host, port: adminPort, flag: 'admin-port' }, serve(operation), clock),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  for (const [provider, { access }] of sources) {
    if (access.kind === 'local') {
      log.warn('no webhook secret: events are taken unsigned, from this machine only', { provider });
    }
  }
  const [url = '', adminUrl = url] = servers.map((server) => server.url);
  return { url, adminUrl, lost: lost.signal, close };
}

function samePort(): CommandError {
  return new CommandError(
    'configuration',
    'Webhooks and administration can not share one port under two names.',
    {
      hint: 'Give --admin-port (SHIPCTL_ADMIN_PORT) another number than --port, or leave it out to share.',
    },
  );
}
