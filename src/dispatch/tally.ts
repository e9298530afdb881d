import type { AttemptResult } from './record.ts';

/** More than anyone reads; a run in which everything fails must not fill the memory with its list. */
const MOST_PROBLEMS = 1_000;

export interface ShipmentProblem {
  orderId: string;
  shipmentId: string;
  outcome: 'rejected' | 'retrying' | 'uncertain';
  httpStatus: number | null;
  message: string;
  /** Attempts of this run. */
  attempts: number;
}

/** What a run has done so far. */
export interface Counts {
  /** Shipments taken up: new ones and those left by earlier runs. */
  due: number;
  accepted: number;
  rejected: number;
  /** Taken up and not taken by the provider yet: the next run sends them. */
  retrying: number;
  uncertain: number;
  skippedPeriods: number;
}

export interface Tally {
  tookUp(shipments: number, skippedPeriods: number): void;
  /** @param lost - set where the shipment was not the run's any more: whether its provider has it all the same. */
  count(result: AttemptResult, lost: 'has_it' | 'open' | undefined): void;
  counts(): Counts;
  /** Of shipments that are not taken, the first thousand. */
  problems(): ShipmentProblem[];
}

export function createTally(): Tally {
  let due = 0;
  let accepted = 0;
  let rejected = 0;
  let skippedPeriods = 0;
  const problems = new Map<number, ShipmentProblem>();
  return {
    tookUp(shipments, periods) {
      due += shipments;
      skippedPeriods += periods;
    },
    count({ shipment, disposition }, lost) {
      const { id, orderId, shipmentId } = shipment;
      if (disposition.status === 'sent' || lost === 'has_it') {
        accepted += 1;
        problems.delete(id);
        return;
      }
      if (disposition.status === 'rejected' && lost === undefined) rejected += 1;
      if (disposition.error === null || (problems.size >= MOST_PROBLEMS && !problems.has(id))) return;
      problems.set(id, {
        orderId,
        shipmentId,
        outcome: disposition.status === 'rejected' ? 'rejected' : 'retrying',
        httpStatus: disposition.httpStatus,
        message: disposition.error,
        attempts: shipment.failedAttempts + (disposition.attempt === null ? 0 : 1),
      });
    },
    counts: () => {
      const retrying = Math.max(0, due - accepted - rejected);
      return { due, accepted, rejected, retrying, uncertain: 0, skippedPeriods };
    },
    problems: () => [...problems.values()],
  };
}
