import type BetterSqlite3 from 'better-sqlite3';
import type { ShippingInterval } from '../../src/vocabulary.ts';

/** A broken promise. */
export interface Violation {
  rule: string;
  message: string;
  orders: readonly string[];
}

export interface OrderState {
  fromMs: number;
  interval: ShippingInterval;
  active: boolean;
}

/** A shipment as it was when it came into being. */
export interface SeenShipment {
  orderId: string;
  shipmentId: string;
  carrier: string;
  dueOn: string;
  skipped: number;
  plannedMs: number;
  /** Of the order, then. */
  interval: ShippingInterval;
  /** Whether there was one for the same due date already. */
  isReplacement: boolean;
}

/** What can be seen of the database from outside, after each commit. */
export interface Watch {
  afterCommit(): void;
  shipment(shipmentId: string, carrier: string): SeenShipment | undefined;
  ordersOf(shipmentId: string, carrier: string): readonly string[];
  shipments(): readonly SeenShipment[];
  /** Oldest first. */
  statesOf(orderId: string): readonly OrderState[];
  /** Since when it is known that a provider has another shipment of the same due date; undefined where it is not. */
  otherKnownSinceMs(shipment: SeenShipment): number | undefined;
  all<Row>(sql: string): Row[];
}

export function watchDatabase(sqlite: BetterSqlite3.Database, nowMs: () => number): Watch {
  const newShipments = sqlite.prepare(`
    select shipments.id, order_id as orderId, shipment_id as shipmentId, shipments.provider as carrier, due_on as dueOn,
      skipped_periods as skipped, shipping_interval as interval
    from shipments join customer_orders on customer_orders.id = customer_order where shipments.id > ? order by shipments.id`);
  const orderStates = sqlite.prepare(
    'select order_id as orderId, shipping_interval as interval, active from customer_orders order by id',
  );
  // A shipment that waits may move to its order's new provider.
  const carriers = sqlite.prepare('select id, provider as carrier from shipments');
  const sent = sqlite.prepare(
    'select shipment_id as shipmentId, provider as carrier from shipments where sent_at is not null',
  );
  const has = sqlite.prepare('select 1 from shipments where shipment_id = ? and provider = ?');
  const shipments: SeenShipment[] = [];
  const byName = new Map<string, SeenShipment>();
  const byId = new Map<number, SeenShipment>();
  const states = new Map<string, OrderState[]>();
  const knownSince = new Map<SeenShipment, number>();
  let lastId = 0;
  let hasReplacements = false;

  const seeOrders = () => {
    for (const row of orderStates.all() as {
      orderId: string;
      interval: ShippingInterval;
      active: number;
    }[]) {
      const before = states.get(row.orderId) ?? [];
      const state = { fromMs: nowMs(), interval: row.interval, active: row.active === 1 };
      const last = before.at(-1);
      if (last?.interval === state.interval && last.active === state.active) continue;
      before.push(state);
      states.set(row.orderId, before);
    }
  };
  const seeShipments = () => {
    for (const row of newShipments.all(lastId) as (Omit<SeenShipment, 'plannedMs' | 'isReplacement'> & {
      id: number;
    })[]) {
      const { id, ...shipment } = row;
      lastId = id;
      const isReplacement = shipments.some(
        ({ orderId, dueOn }) => orderId === row.orderId && dueOn === row.dueOn,
      );
      hasReplacements ||= isReplacement;
      const seen = { ...shipment, plannedMs: nowMs(), isReplacement };
      shipments.push(seen);
      byName.set(`${row.carrier} ${row.shipmentId}`, seen);
      byId.set(id, seen);
    }
    for (const { id, carrier } of carriers.all() as { id: number; carrier: string }[]) {
      const seen = byId.get(id);
      if (!seen || seen.carrier === carrier) continue;
      seen.carrier = carrier;
      byName.set(`${carrier} ${seen.shipmentId}`, seen);
    }
  };
  const named = (shipmentId: string, carrier: string): SeenShipment | undefined => {
    const name = `${carrier} ${shipmentId}`;
    if (byName.has(name) || !has.get(shipmentId, carrier)) return byName.get(name);
    // It was retried under its own id at another provider.
    const seen = shipments.find((each) => each.shipmentId === shipmentId);
    if (seen) byName.set(name, seen);
    return seen;
  };
  const seeSent = () => {
    for (const { carrier, shipmentId } of sent.all() as { shipmentId: string; carrier: string }[]) {
      const seen = named(shipmentId, carrier);
      if (seen && !knownSince.has(seen)) knownSince.set(seen, nowMs());
    }
  };
  return {
    afterCommit() {
      seeOrders();
      seeShipments();
      if (hasReplacements) seeSent();
    },
    shipment: named,
    ordersOf(shipmentId, carrier) {
      const shipment = named(shipmentId, carrier);
      return shipment ? [shipment.orderId] : [];
    },
    shipments: () => shipments,
    statesOf: (orderId) => states.get(orderId) ?? [],
    otherKnownSinceMs(shipment) {
      for (const [known, sinceMs] of knownSince) {
        if (known === shipment) continue;
        if (known.orderId === shipment.orderId && known.dueOn === shipment.dueOn) return sinceMs;
      }
      return undefined;
    },
    all: <Row>(sql: string) => sqlite.prepare(sql).all() as Row[],
  };
}
