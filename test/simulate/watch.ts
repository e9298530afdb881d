import type BetterSqlite3 from 'better-sqlite3';
import type { Decision, ShippingInterval } from '../../src/vocabulary.ts';
import { type OrderWatch, watchOrders } from './watch-orders.ts';

/** A broken promise. */
export interface Violation {
  rule: string;
  message: string;
  orders: readonly string[];
}

/** A shipment as it was when it came into being. */
export interface SeenShipment {
  orderId: string;
  shipmentId: string;
  carrier: string;
  dueOn: string;
  skipped: number;
  plannedMs: number;
  /** Now. */
  status: string;
  /** Of the order, then. */
  interval: ShippingInterval;
  /** Whether there was one for the same due date already. */
  isReplacement: boolean;
  /** The last time that a run claimed it; undefined where none has. */
  claim: SeenClaim | undefined;
  /** When it was claimed, all times. */
  claimedMs: number[];
  /** A person has said that nothing of it was sent up to this claim. */
  settledClaim: number;
  /** What people decided about it, oldest first. */
  decisions: { decision: Decision; atMs: number }[];
}

/** A shipment as it was when it was claimed. */
export interface SeenClaim {
  number: number;
  atMs: number;
  /** How many other addresses its order had had before. */
  formerAddresses: number;
  /** A run died that held it, and what it sent nobody knows: no person has said since that it was nothing. */
  isInterrupted: boolean;
}

/** What can be seen of the database from outside, after each commit. */
export interface Watch extends Pick<OrderWatch, 'statesOf' | 'addressesOf'> {
  afterCommit(): void;
  shipment(shipmentId: string, carrier: string): SeenShipment | undefined;
  ordersOf(shipmentId: string, carrier: string): readonly string[];
  shipments(): readonly SeenShipment[];
  /** Since when it is known that a provider has another shipment of the same due date; undefined where it is not. */
  otherKnownSinceMs(shipment: SeenShipment): number | undefined;
  all<Row>(sql: string): Row[];
}

export function watchDatabase(sqlite: BetterSqlite3.Database, nowMs: () => number): Watch {
  const orders = watchOrders(sqlite, nowMs);
  const shipments = watchShipments(sqlite, nowMs, orders);
  const decisions = watchDecisions(sqlite, nowMs, shipments.byKey);
  const sent = watchSent(sqlite, nowMs, shipments.named);
  return {
    ...orders,
    afterCommit() {
      orders.see();
      shipments.seeNew();
      shipments.seeChanged();
      decisions.see();
      if (shipments.haveReplacements()) sent.see();
    },
    shipment: shipments.named,
    ordersOf(shipmentId, carrier) {
      const shipment = shipments.named(shipmentId, carrier);
      return shipment ? [shipment.orderId] : [];
    },
    shipments: shipments.all,
    otherKnownSinceMs: sent.otherKnownSinceMs,
    all: <Row>(sql: string) => sqlite.prepare<[], Row>(sql).all(),
  };
}

type NewRow = Pick<SeenShipment, 'orderId' | 'shipmentId' | 'carrier' | 'dueOn' | 'skipped' | 'interval'> & {
  id: number;
};

/** How shipments come into being, move to other providers, and are claimed. */
function watchShipments(sqlite: BetterSqlite3.Database, nowMs: () => number, orders: OrderWatch) {
  const newShipments = sqlite.prepare<[number], NewRow>(`
    select shipments.id, order_id as orderId, shipment_id as shipmentId, shipments.provider as carrier, due_on as dueOn,
      skipped_periods as skipped, shipping_interval as interval
    from shipments join customer_orders on customer_orders.id = customer_order where shipments.id > ? order by shipments.id`);
  const now = sqlite.prepare<[], { id: number; carrier: string; claim: number; status: string }>(
    'select id, provider as carrier, claim, status from shipments',
  );
  const interruption = sqlite.prepare(
    "select 1 from attempts where shipment = ? and claim > ? and outcome = 'interrupted'",
  );
  const all: SeenShipment[] = [];
  const names = createNames(sqlite, all);
  const byKey = new Map<number, SeenShipment>();
  let lastKey = 0;

  const seeClaim = (seen: SeenShipment, key: number, number: number) => {
    seen.claimedMs.push(nowMs());
    seen.claim = {
      number,
      atMs: nowMs(),
      formerAddresses: orders.addressesOf(seen.orderId).length - 1,
      isInterrupted: interruption.get(key, seen.settledClaim) !== undefined,
    };
  };
  return {
    all: () => all,
    byKey,
    haveReplacements: () => all.some(({ isReplacement }) => isReplacement),
    seeNew() {
      for (const { id, ...row } of newShipments.all(lastKey)) {
        lastKey = id;
        const isReplacement = all.some(
          ({ orderId, dueOn }) => orderId === row.orderId && dueOn === row.dueOn,
        );
        const seen = seenAs({ ...row, plannedMs: nowMs(), isReplacement });
        all.push(seen);
        names.add(seen);
        byKey.set(id, seen);
      }
    },
    seeChanged() {
      for (const { id, carrier, claim, status } of now.all()) {
        const seen = byKey.get(id);
        if (!seen) continue;
        seen.status = status;
        if (seen.carrier !== carrier) {
          // A shipment that waits may move to its order's new provider.
          seen.carrier = carrier;
          names.add(seen);
        }
        if (claim !== (seen.claim?.number ?? 0)) seeClaim(seen, id, claim);
      }
    },
    named: names.of,
  };
}

/** Shipments by the names under which their providers know them. */
function createNames(sqlite: BetterSqlite3.Database, all: readonly SeenShipment[]) {
  const has = sqlite.prepare('select 1 from shipments where shipment_id = ? and provider = ?');
  const byName = new Map<string, SeenShipment>();
  return {
    add: (seen: SeenShipment) => void byName.set(`${seen.carrier} ${seen.shipmentId}`, seen),
    of(shipmentId: string, carrier: string): SeenShipment | undefined {
      const name = `${carrier} ${shipmentId}`;
      if (byName.has(name) || !has.get(shipmentId, carrier)) return byName.get(name);
      // It was retried under its own id at another provider.
      const seen = all.find((each) => each.shipmentId === shipmentId);
      if (seen) byName.set(name, seen);
      return seen;
    },
  };
}

function seenAs(row: Omit<NewRow, 'id'> & Pick<SeenShipment, 'plannedMs' | 'isReplacement'>): SeenShipment {
  return { ...row, status: '', claim: undefined, claimedMs: [], settledClaim: 0, decisions: [] };
}

/** What people decide; that nothing was sent settles all claims so far. */
function watchDecisions(
  sqlite: BetterSqlite3.Database,
  nowMs: () => number,
  shipments: ReadonlyMap<number, SeenShipment>,
) {
  const newDecisions = sqlite.prepare<[number], { id: number; shipment: number; decision: Decision }>(
    'select id, shipment, decision from decisions where id > ? order by id',
  );
  let lastKey = 0;
  return {
    see() {
      for (const { id, shipment, decision } of newDecisions.all(lastKey)) {
        lastKey = id;
        const seen = shipments.get(shipment);
        seen?.decisions.push({ decision, atMs: nowMs() });
        if (seen && decision === 'not-sent') seen.settledClaim = seen.claim?.number ?? 0;
      }
    },
  };
}

/** Since when it is known of which shipments that their provider has them. */
function watchSent(
  sqlite: BetterSqlite3.Database,
  nowMs: () => number,
  named: (shipmentId: string, carrier: string) => SeenShipment | undefined,
) {
  const sent = sqlite.prepare<[], { shipmentId: string; carrier: string }>(
    'select shipment_id as shipmentId, provider as carrier from shipments where sent_at is not null',
  );
  const knownSince = new Map<SeenShipment, number>();
  return {
    see() {
      for (const { carrier, shipmentId } of sent.all()) {
        const seen = named(shipmentId, carrier);
        if (seen && !knownSince.has(seen)) knownSince.set(seen, nowMs());
      }
    },
    otherKnownSinceMs({ orderId, dueOn, shipmentId }: SeenShipment): number | undefined {
      for (const [known, sinceMs] of knownSince) {
        if (known.shipmentId === shipmentId) continue;
        if (known.orderId === orderId && known.dueOn === dueOn) return sinceMs;
      }
      return undefined;
    },
  };
}
