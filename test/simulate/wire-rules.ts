import type { Outcome } from '../../src/providers/provider.ts';
import type { CarrierContext } from './carriers.ts';
import { createPauseRule } from './pause-rule.ts';
import type { Process } from './world.ts';

/** How long a run has to hear that another shipment of the same due date is there. */
const HEARS_OF_OTHERS_WITHIN_MS = 2_000;

/** A request for an order, from its first byte on. */
export interface Post {
  process: Process;
  atMs: number;
  /** When its shipment was claimed for it. */
  claimedMs: number;
  /** When the one who sent it learnt that it was not taken; undefined where it may have been. */
  refusedMs: number | undefined;
  /** A person has said that nothing of it was taken. */
  isSettled: boolean;
  /** Its sender waits no longer for an answer. */
  isOver: boolean;
}

interface Arrival {
  body: string;
  /** Whoever sent it can't know that it was not taken. */
  mayBeAccepted: boolean;
}

/** Answers after which it surely does not have the order. */
const REFUSALS: ReadonlySet<Outcome['kind']> = new Set([
  'rejected',
  'throttled',
  'unauthorized',
  'wrong-address',
]);

/** The rules that are checked at a provider's door, request by request. */
export function createWireRules(
  name: string,
  { world, watch, fail }: Pick<CarrierContext, 'world' | 'watch' | 'fail'>,
) {
  const arrivals = new Map<string, Arrival[]>();
  const posts = new Map<string, Post[]>();
  const pauses = createPauseRule(name, { world, fail });

  const checkAddress = addressRule(name, { watch, fail });

  const checkOthers = (process: Process, shipmentId: string) => {
    const shipment = watch.shipment(shipmentId, name);
    const sinceMs = shipment && watch.otherKnownSinceMs(shipment);
    if (!shipment || sinceMs === undefined || process.activeMsSince(sinceMs) < HEARS_OF_OTHERS_WITHIN_MS)
      return;
    const message = `${shipmentId} is sent although it is known that a provider has another one for ${shipment.dueOn}`;
    fail({ rule: 'a replacement is not sent', message, orders: [shipment.orderId] });
  };

  /** What one that lives and was not stopped is sending is nobody else's. */
  const checkAlone = (process: Process, shipmentId: string) => {
    const other = posts
      .get(shipmentId)
      ?.find((post) => post.process !== process && !post.isOver && !post.process.wasKilled());
    if (!other || other.process.activeMsSince(other.atMs) < world.nowMs() - other.atMs) return;
    const message = `${process.name} sends ${shipmentId} while ${other.process.name} is sending it`;
    fail({ rule: 'one run at a time sends a shipment', message, orders: watch.ordersOf(shipmentId, name) });
  };

  return {
    /** @param body - null where it only asks. */
    begins(process: Process, shipmentId: string, body: string | null) {
      pauses.check(process);
      if (body === null) return;
      checkAlone(process, shipmentId);
      checkOthers(process, shipmentId);
      checkAddress(shipmentId, body, posts.get(shipmentId) ?? []);
      const atMs = world.nowMs();
      const claimedMs = watch.shipment(shipmentId, name)?.claim?.atMs ?? atMs;
      const post = { process, atMs, claimedMs, refusedMs: undefined, isSettled: false, isOver: false };
      posts.set(shipmentId, [...(posts.get(shipmentId) ?? []), post]);
    },
    /** Whoever sent it waits no longer for an answer. */
    ends(process: Process, shipmentId: string) {
      for (const post of posts.get(shipmentId) ?? []) post.isOver ||= post.process === process;
    },
    arrives(shipmentId: string, body: string) {
      const before = arrivals.get(shipmentId) ?? [];
      if (before.some((arrival) => arrival.mayBeAccepted && arrival.body !== body)) {
        const message = `${shipmentId} came with other bytes than before, and what came before may be accepted`;
        fail({ rule: 'same id, same bytes', message, orders: watch.ordersOf(shipmentId, name) });
      }
      arrivals.set(shipmentId, [...before, { body, mayBeAccepted: true }]);
    },
    answered(process: Process, shipmentId: string, body: string | null, outcome: Outcome) {
      if (outcome.kind === 'throttled') pauses.asked(process, outcome.retryAfterSeconds ?? 0);
      if (!REFUSALS.has(outcome.kind)) return;
      const post = posts.get(shipmentId)?.findLast((each) => each.process === process);
      if (body !== null && post) post.refusedMs = world.nowMs();
      const arrival = arrivals.get(shipmentId)?.find((each) => each.mayBeAccepted && each.body === body);
      if (arrival) arrival.mayBeAccepted = false;
    },
    forget(shipmentId: string) {
      arrivals.delete(shipmentId);
      for (const post of posts.get(shipmentId) ?? []) post.isSettled = true;
    },
    /** Those that may have been taken. */
    postsOf: (shipmentId: string): readonly Post[] =>
      (posts.get(shipmentId) ?? []).filter(({ refusedMs }) => refusedMs === undefined),
  };
}

/** What was claimed after its order was changed goes to the new address, unless something of it may have arrived before. */
function addressRule(name: string, { watch, fail }: Pick<CarrierContext, 'watch' | 'fail'>) {
  return (shipmentId: string, body: string, before: readonly Post[]): void => {
    const shipment = watch.shipment(shipmentId, name);
    if (!shipment?.claim || shipment.claim.isInterrupted) return;
    const { formerAddresses, atMs } = shipment.claim;
    const mayBeAccepted = ({ refusedMs, isSettled }: Post) =>
      !isSettled && (refusedMs === undefined || refusedMs > atMs);
    if (before.some(mayBeAccepted)) return;
    const right = watch.addressesOf(shipment.orderId).slice(formerAddresses);
    if (right.some((address) => body.includes(`"${address}"`))) return;
    const message = `${shipmentId} is sent to an address that its order no longer had when it was claimed (${right.join(', ')}), and nothing of it can have arrived before`;
    fail({ rule: 'what is sent goes where its order says', message, orders: [shipment.orderId] });
  };
}
