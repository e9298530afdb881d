import type { Clock } from '../../clock.ts';
import type { AttemptResult, LostShipment } from '../claims/record-results.ts';
import type { Store } from '../claims/store.ts';

/** A result waits no longer than this for others to be recorded with. */
const LINGER_MS = 50;

export interface RecorderBounds {
  /** How many results are recorded with one commit. */
  batch: number;
  /** With more than this unrecorded nothing is sent: the database is locked, or slower than the provider. At least `batch`. */
  unrecorded: number;
}

const BOUNDS: RecorderBounds = { batch: 256, unrecorded: 512 };

/** Records results in batches, one batch at a time, in the order in which they came. */
export interface Recorder {
  add(result: AttemptResult): void;
  /** Resolves when so few results wait to be recorded that more may be sent: a crash now leaves few unknown. */
  ready(): Promise<void>;
  /** Resolves when all results so far are durable; throws what kept one of them from it. */
  flush(): Promise<void>;
}

export function createRecorder(
  { store, clock }: { store: Pick<Store, 'recordResults'>; clock: Clock },
  run: number,
  listener: {
    /** A result is durable; `lost` is set where the shipment was not the run's any more. */
    recorded: (result: AttemptResult, lost: LostShipment['fate'] | undefined) => void;
    batchRecorded: () => void;
    /** Nothing more can be recorded, so nothing more must be sent. */
    failed: () => void;
  },
  bounds = BOUNDS,
): Recorder {
  let waiting: AttemptResult[] = [];
  let writing: Promise<void> = Promise.resolve();
  let stopLingering: (() => void) | undefined;
  let unrecorded = 0;

  const write = () => {
    stopLingering?.();
    stopLingering = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    writing = writing.then(async () => {
      const lost = await store.recordResults(
        run,
        batch.map(({ shipment: { id, claim, edition }, ...result }) => ({
          ...result,
          shipment: { id, claim, edition },
        })),
      );
      const fates = new Map(lost.map(({ id, fate }) => [id, fate]));
      for (const result of batch) listener.recorded(result, fates.get(result.shipment.id));
      unrecorded -= batch.length;
      listener.batchRecorded();
    });
    // The error itself is thrown by the next flush.
    writing.catch(listener.failed);
  };

  return {
    add(result) {
      waiting.push(result);
      unrecorded += 1;
      if (waiting.length >= bounds.batch) write();
      else stopLingering ??= clock.after(LINGER_MS, write);
    },
    async ready() {
      while (unrecorded > bounds.unrecorded) await writing;
    },
    async flush() {
      write();
      await writing;
    },
  };
}
