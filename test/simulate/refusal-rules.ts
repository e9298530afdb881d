import type { CarrierContext } from './carriers.ts';
import type { Verdict } from './wire.ts';
import type { Process } from './world.ts';

/** The program's own numbers, once more. */
const MAX_REJECTIONS = 50;
const NOT_FOUND_TO_STOP = 5;

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
    const known = told.get(process) ?? {
      hasAccepted: false,
      rejectedInRow: 0,
      notFoundInRow: 0,
      undecided: new Set(),
      enough: undefined,
      begunSince: 0,
    };
    told.set(process, known);
    return known;
  };
  const reject = (shipmentId: string) => void rejectedMs.set(shipmentId, world.nowMs());

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
      switch (verdict) {
        case 'accepted':
          Object.assign(run, { hasAccepted: true, rejectedInRow: 0, notFoundInRow: 0 });
          for (const undecided of run.undecided) reject(undecided);
          run.undecided.clear();
          break;
        case 'not-found':
          if (!run.hasAccepted) {
            run.notFoundInRow += 1;
            run.undecided.add(shipmentId);
            break;
          }
          run.rejectedInRow += 1;
          reject(shipmentId);
          break;
        case 'rejected':
          Object.assign(run, { rejectedInRow: run.rejectedInRow + 1, notFoundInRow: 0 });
          reject(shipmentId);
          break;
        case 'wrong-address':
        case 'unauthorized':
          run.enough ??= `an answer that says ${verdict}`;
          break;
        default:
          verdict satisfies undefined;
      }
      const most = maxRejections ?? MAX_REJECTIONS;
      if (run.rejectedInRow >= most) run.enough ??= `${run.rejectedInRow} rejections in a row`;
      if (run.notFoundInRow >= NOT_FOUND_TO_STOP)
        run.enough ??= `${run.notFoundInRow} times "not found" in a row`;
    },
    /** When it last said of the shipment, and of nothing else, that it does not take it; undefined where it never did. */
    rejectedMs: (shipmentId: string) => rejectedMs.get(shipmentId),
  };
}
