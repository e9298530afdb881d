import type { NotClaimed } from '../../shipments/follow-order.ts';
import type { AttemptResult, LostShipment } from '../claims/record-results.ts';

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

/** Of an order that can't be planned. */
export function orderProblem(orderId: string, message: string): ShipmentProblem {
  return { orderId, shipmentId: null, outcome: 'rejected', httpStatus: null, message, attempts: 0 };
}

/** What a run has done so far. */
export interface Counts {
  /** Shipments claimed: new ones and those left by earlier runs. */
  due: number;
  accepted: number;
  rejected: number;
  /** Claimed and not taken by the provider yet: the next run sends them. */
  retrying: number;
  uncertain: number;
  skippedPeriods: number;
}

export interface Tally {
  /** Shipments claimed for the first time are counted; returns how many these are. */
  claimed(shipments: readonly { id: number }[], skippedPeriods: number): number;
  /** @param lost - set where the shipment was not the run's any more: whether its provider has it all the same. */
  count(result: AttemptResult, lost: LostShipment['fate'] | undefined): void;
  /** An order that can't be planned is blocked. */
  rejected(order: { orderId: string; message: string }): void;
  /** A shipment is left to a person, and not claimed. */
  notClaimed(shipment: NotClaimed): void;
  /** Shipments without a last word. */
  open(): readonly number[];
  /** What has become of a shipment without one, by other hands: an event, another run, a person. */
  settle(shipment: {
    id: number;
    orderId: string;
    shipmentId: string;
    fate: 'accepted' | 'rejected' | 'uncertain' | 'cancelled';
    message: string | null;
  }): void;
  counts(): Counts;
  /** Of shipments that are not taken, the first thousand. */
  problems(): ShipmentProblem[];
}

export function createTally(): Tally {
  const counts = { due: 0, accepted: 0, rejected: 0, uncertain: 0, skippedPeriods: 0 };
  const open = new Set<number>();
  const problems = new Map<string, ShipmentProblem>();
  const note = (problem: ShipmentProblem) => {
    const key = problem.shipmentId ?? `order ${problem.orderId}`;
    if (problems.size < MOST_PROBLEMS || problems.has(key)) problems.set(key, problem);
  };
  const close = (id: number, fate: 'accepted' | 'rejected' | 'uncertain') => {
    if (open.delete(id)) counts[fate] += 1;
  };
  return {
    claimed(shipments, skippedPeriods) {
      const before = open.size;
      for (const { id } of shipments) open.add(id);
      counts.due += open.size - before;
      counts.skippedPeriods += skippedPeriods;
      return open.size - before;
    },
    count({ shipment, disposition }, lost) {
      const { id, orderId, shipmentId } = shipment;
      const { status, error } = disposition;
      if (status === 'sent' || lost === 'accepted') {
        close(id, 'accepted');
        problems.delete(shipmentId);
        return;
      }
      const outcome = lost === 'open' || status === 'pending' ? 'retrying' : status;
      if (outcome !== 'retrying') close(id, outcome);
      if (error === null) return;
      const attempts = shipment.failedAttempts + (disposition.attempt === null ? 0 : 1);
      note({ orderId, shipmentId, outcome, httpStatus: disposition.httpStatus, message: error, attempts });
    },
    rejected({ orderId, message }) {
      counts.due += 1;
      counts.rejected += 1;
      note(orderProblem(orderId, message));
    },
    notClaimed(shipment) {
      counts.due += 1;
      counts[shipment.outcome] += 1;
      note({ ...shipment, httpStatus: null, attempts: 0 });
    },
    open: () => [...open],
    settle({ id, orderId, shipmentId, fate, message }) {
      if (fate !== 'cancelled') close(id, fate);
      // Not due any more: an edition whose provider has another one.
      else if (open.delete(id)) counts.due -= 1;
      if (fate === 'accepted' || fate === 'cancelled') problems.delete(shipmentId);
      else {
        const { httpStatus = null, attempts = 0, message: noted = fate } = problems.get(shipmentId) ?? {};
        note({ orderId, shipmentId, outcome: fate, httpStatus, message: message ?? noted, attempts });
      }
    },
    counts: () => ({ ...counts, retrying: open.size }),
    problems: () => [...problems.values()],
  };
}

/** What several providers' counts come to. */
export function sumCounts(counts: readonly Counts[]): Counts {
  const sum = (of: (each: Counts) => number) => counts.reduce((total, each) => total + of(each), 0);
  return {
    due: sum(({ due }) => due),
    accepted: sum(({ accepted }) => accepted),
    rejected: sum(({ rejected }) => rejected),
    retrying: sum(({ retrying }) => retrying),
    uncertain: sum(({ uncertain }) => uncertain),
    skippedPeriods: sum(({ skippedPeriods }) => skippedPeriods),
  };
}
