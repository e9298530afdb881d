import type { CarrierContext } from './carriers.ts';
import type { Verdict } from './wire.ts';
import type { Process } from './world.ts';

/** The program's own numbers, once more. */
const MAX_REJECTIONS = 50;
const NOT_FOUND_TO_STOP = 5;
const NOT_FOUND = `${NOT_FOUND_TO_STOP} times "not found" in a row`;

/** What one run was told by a provider. */
interface Told {
  hasAccepted: boolean;
  rejectedInRow: number;
  /** In a row, before anything was accepted. */
  notFoundInRow: number;
  /** Not found, and perhaps for want of the right address. */
  undecided: Set<string>;
  /** Why it is to send nothing more. */
  enough: string | undefined;
  begunSince: number;
}

/** What a provider that takes nothing is sent, and what becomes of that. */
export function createRefusalRules(
  name: string,
  { world, watch, fail, maxRejections }: Pick<CarrierContext, 'world' | 'watch' | 'fail' | 'maxRejections'>,
) {
  const told = new Map<Process, Told>();
  /** When each shipment was last rejected for a reason of its own. */
  const rejectedMs = new Map<string, number>();
  const toldTo = (process: Process): Told => {
    const known = told.get(process) ?? toldNothing();
    told.set(process, known);
    return known;
  };

  return {
    /** @param concurrency - so many may have had their turn already when the run learns that it is enough. */
    begins(process: Process, shipmentId: string, concurrency: number) {
      const run = toldTo(process);
      if (run.enough === undefined) return;
      run.begunSince += 1;
      if (run.begunSince <= concurrency) return;
      const message = `${process.name} sends ${shipmentId} to ${name} after ${run.enough}`;
      fail({
        rule: 'a provider that takes nothing is left alone',
        message,
        orders: watch.ordersOf(shipmentId, name),
      });
    },
    answered(process: Process, shipmentId: string, verdict: Verdict) {
      const run = toldTo(process);
      for (const rejected of hear(run, shipmentId, verdict)) rejectedMs.set(rejected, world.nowMs());
      // One that was under way when nothing was found any more may say otherwise: then the run goes on.
      if (run.enough === NOT_FOUND && run.notFoundInRow === 0)
        Object.assign(run, { enough: undefined, begunSince: 0 });
      run.enough ??= whyEnough(run, maxRejections ?? MAX_REJECTIONS);
    },
    /** When it last said of the shipment, and of nothing else, that it does not take it; undefined where it never did. */
    rejectedMs: (shipmentId: string) => rejectedMs.get(shipmentId),
  };
}

function toldNothing(): Told {
  return {
    hasAccepted: false,
    rejectedInRow: 0,
    notFoundInRow: 0,
    undecided: new Set(),
    enough: undefined,
    begunSince: 0,
  };
}

/** @returns the shipments that are rejected for themselves, as is known with this answer. */
function hear(run: Told, shipmentId: string, verdict: Verdict): string[] {
  switch (verdict) {
    case 'accepted': {
      const rejected = [...run.undecided];
      Object.assign(run, { hasAccepted: true, rejectedInRow: 0, notFoundInRow: 0, undecided: new Set() });
      return rejected;
    }
    case 'not-found':
      if (!run.hasAccepted) {
        run.notFoundInRow += 1;
        run.undecided.add(shipmentId);
        return [];
      }
      run.rejectedInRow += 1;
      return [shipmentId];
    case 'rejected':
      Object.assign(run, { rejectedInRow: run.rejectedInRow + 1, notFoundInRow: 0 });
      return [shipmentId];
    case 'wrong-address':
    case 'unauthorized':
      run.enough ??= `an answer that says ${verdict}`;
      return [];
    default:
      verdict satisfies undefined;
      return [];
  }
}

function whyEnough({ rejectedInRow, notFoundInRow }: Told, maxRejections: number): string | undefined {
  if (rejectedInRow >= maxRejections) return `${rejectedInRow} rejections in a row`;
  return notFoundInRow >= NOT_FOUND_TO_STOP ? NOT_FOUND : undefined;
}
