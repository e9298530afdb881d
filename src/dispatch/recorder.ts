import type { Db } from '../db/open.ts';
import { type AttemptResult, recordResults } from './record.ts';

const BATCH = 256;
/** A result waits no longer than this for others to be recorded with. */
const LINGER_MS = 20;

/** Records results in batches, one batch at a time, in the order in which they came. */
export interface Recorder {
  add(result: AttemptResult): void;
  /** Resolves when all results so far are durable; throws what kept one of them from it. */
  flush(): Promise<void>;
}

export function createRecorder(
  db: Db,
  run: number,
  listener: {
    /** A result is durable; `lost` is set where the shipment was not the run's any more. */
    recorded: (result: AttemptResult, lost: 'has_it' | 'open' | undefined) => void;
    batchRecorded: () => void;
    /** Nothing more can be recorded, so nothing more must be sent. */
    failed: () => void;
  },
): Recorder {
  let waiting: AttemptResult[] = [];
  let writing: Promise<void> = Promise.resolve();
  let linger: NodeJS.Timeout | undefined;

  const write = () => {
    clearTimeout(linger);
    linger = undefined;
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    writing = writing.then(async () => {
      const lost = await recordResults(db, run, batch);
      for (const result of batch) {
        const hasIt = lost.get(result.shipment.id);
        listener.recorded(result, hasIt === undefined ? undefined : hasIt ? 'has_it' : 'open');
      }
      listener.batchRecorded();
    });
    // The error itself is thrown by the next flush.
    writing.catch(listener.failed);
  };

  return {
    add(result) {
      waiting.push(result);
      if (waiting.length >= BATCH) write();
      else linger ??= setTimeout(write, LINGER_MS);
    },
    async flush() {
      write();
      await writing;
    },
  };
}
