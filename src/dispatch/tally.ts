import type { AttemptResult } from './record.ts';

/** More than anyone reads; a run in which everything fails must not fill the memory with its list. */
const MOST_PROBLEMS = 1_000;

export interface ShipmentProblem {
  orderId: string;
  /** Null where none could be planned. */
  shipmentId: string | null;
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
  /** An order that can't be planned is set aside. */
  rejected(order: { orderId: string; message: string }): void;
  /** A shipment that a dead run held is set aside. */
  uncertain(shipment: { orderId: string; shipmentId: string; message: string }): void;
  /** @param notSent - of this run at its end: what is not among them has been proven sent by an event. */
  counts(notSent?: number): Counts;
  /** Of shipments that are not taken, the first thousand. */
  problems(): ShipmentProblem[];
}

export function createTally(): Tally {
  let due = 0;
  let accepted = 0;
  let rejected = 0;
  let skippedPeriods = 0;
  let uncertain = 0;
  const problems = new Map<string, ShipmentProblem>();
  const note = (problem: ShipmentProblem) => {
    const key = problem.shipmentId ?? `order ${problem.orderId}`;
    if (problems.size < MOST_PROBLEMS || problems.has(key)) problems.set(key, problem);
  };
  return {
    tookUp(shipments, periods) {
      due += shipments;
      skippedPeriods += periods;
    },
    count({ shipment, disposition }, lost) {
      const { orderId, shipmentId } = shipment;
      const { status, error } = disposition;
      if (status === 'sent' || lost === 'has_it') {
        accepted += 1;
        problems.delete(shipmentId);
        return;
      }
      const outcome = lost === 'open' || status === 'pending' ? 'retrying' : status;
      if (outcome === 'rejected') rejected += 1;
      if (outcome === 'uncertain') uncertain += 1;
      if (error === null) return;
      const attempts = shipment.failedAttempts + (disposition.attempt === null ? 0 : 1);
      note({ orderId, shipmentId, outcome, httpStatus: disposition.httpStatus, message: error, attempts });
    },
    rejected({ orderId, message }) {
      rejected += 1;
      note({ orderId, shipmentId: null, outcome: 'rejected', httpStatus: null, message, attempts: 0 });
    },
    uncertain(shipment) {
      uncertain += 1;
      note({ ...shipment, outcome: 'uncertain', httpStatus: null, attempts: 0 });
    },
    counts: (notSent) => {
      const open = Math.max(0, due - accepted - rejected - uncertain);
      const retrying = Math.min(open, notSent ?? open);
      return { due, accepted: accepted + open - retrying, rejected, retrying, uncertain, skippedPeriods };
    },
    problems: () => [...problems.values()],
  };
}
