import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../clock.ts';
import type { EventReceipt, ReceivedEvent } from '../shipments/events.ts';
import { shareForMs } from './share.ts';

/** What the receiver tells Prometheus. Labels hold names of ours only, never what somebody sent. */
export interface Metrics {
  /**
   * @param provider - empty where the request was for none.
   * @param seconds - undefined where nobody knows when the request began.
   */
  answered(provider: string, status: number, seconds?: number): void;
  refused(reason: string): void;
  /** @param key - the position of the secret that a delivery was signed with. */
  verified(provider: string, key: number): void;
  received(event: ReceivedEvent, receipt: EventReceipt): void;
  committed(deliveries: number): void;
  /** In Prometheus's text format. */
  exposition(): Promise<{ contentType: string; text: string }>;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500];
const LAG_SECONDS = [1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800];

export function createMetrics(sources: {
  /** Deliveries that wait to be stored. */
  waiting: () => number;
  /** Events stored for shipments that are not known: NaN where nobody could tell. */
  unmatched: () => number;
  clock: Clock;
}): Metrics {
  const registry = new Registry();
  const metric = <L extends string>(name: string, help: string, labelNames: readonly L[]) => ({
    name: `shipctl_webhook_${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  const requests = new Counter(
    metric('requests_total', 'Requests answered, by provider and HTTP status code.', ['provider', 'code']),
  );
  const refusals = new Counter(metric('refusals_total', 'Requests refused, by reason.', ['reason']));
  const events = new Counter(
    metric(
      'events_total',
      'Events received: stored, unmatched (stored, but no shipment known) or duplicate.',
      ['provider', 'event', 'outcome'],
    ),
  );
  const signatures = new Counter(
    metric(
      'signatures_total',
      'Deliveries verified, by the position of the secret that they were signed with.',
      ['provider', 'secret'],
    ),
  );
  const duration = new Histogram({
    ...metric('request_duration_seconds', 'From the head of a request to its answer.', ['provider']),
    buckets: SECONDS,
  });
  const batches = new Histogram({
    ...metric('batch_deliveries', 'Deliveries stored with one commit.', []),
    buckets: BATCH_SIZES,
  });
  const lag = new Histogram({
    ...metric('event_lag_seconds', 'From the time of an event to its receipt.', ['provider']),
    buckets: LAG_SECONDS,
  });
  new Gauge({
    ...metric('waiting_deliveries', 'Deliveries that wait to be stored.', []),
    collect() {
      this.set(sources.waiting());
    },
  });
  new Gauge({
    ...metric('unmatched_events', 'Events stored for shipments that are not known.', []),
    collect() {
      this.set(sources.unmatched());
    },
  });

  return {
    answered(provider, status, seconds) {
      requests.inc({ provider, code: status });
      if (seconds !== undefined) duration.observe({ provider }, seconds);
    },
    refused: (reason) => refusals.inc({ reason }),
    verified: (provider, key) => signatures.inc({ provider, secret: key + 1 }),
    received({ provider, eventName, eventTimeMs, receivedAtMs }, { stored, matched }) {
      const outcome = stored ? (matched ? 'stored' : 'unmatched') : 'duplicate';
      events.inc({ provider, event: eventName ?? 'other', outcome });
      if (stored) lag.observe({ provider }, Math.max(0, receivedAtMs - eventTimeMs) / 1000);
    },
    committed: (deliveries) => batches.observe(deliveries),
    exposition: shareForMs(
      1_000,
      () => sources.clock.monotonic(),
      async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    ),
  };
}
