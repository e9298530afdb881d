import type { Stage } from './actors.ts';
import type { Plan } from './plan.ts';
import type { CarrierName } from './themes.ts';

const DAY_MS = 86_400_000;
/** Within so much of a limit both answers are right: the clocks that the times come from are set and drift. */
const CLOCKS_MS = DAY_MS / 3;

interface EventRow {
  carrier: CarrierName;
  reference: string;
  name: string | null;
  code: string;
  timeMs: number;
  receivedMs: number;
}

interface TrackedRow {
  orderId: string;
  shipmentId: string;
  carrier: CarrierName;
  reference: string | null;
  status: string;
  sentAt: number | null;
}

/** On a parcel's usual way; of two at the same time the later one counts. */
const WAY = ['waiting-for-collection', 'in-transit', 'failed-to-deliver', 'delivered'];

/**
 * The contract's "A shipment's status", once more: each shipment that a provider has shows its latest event, of those
 * that came after it had begun to be sent and do not lie more than a day before that.
 */
export function checkStatuses(
  plan: Plan,
  { watch, carriers, fail }: Stage,
  storedAt: ReadonlyMap<string, number>,
): void {
  const events = watch.all<EventRow>(
    'select provider as carrier, reference, event_name as name, code, event_at as timeMs, received_at as receivedMs from tracking_events',
  );
  const shipments =
    watch.all<TrackedRow>(`select order_id as orderId, shipment_id as shipmentId, shipments.provider as carrier,
    reference, status, sent_at as sentAt from shipments join customer_orders on customer_orders.id = customer_order`);
  // Of an attempt of a run that died nobody knows whether it began: what came after it counts or not.
  const interrupted = new Map(
    watch
      .all<{ shipmentId: string; atMs: number }>(
        "select shipment_id as shipmentId, min(started_at) as atMs from attempts join shipments on id = shipment where outcome = 'interrupted' group by id",
      )
      .map(({ shipmentId, atMs }) => [shipmentId, atMs]),
  );
  const begunMs = ({ carrier, shipmentId }: TrackedRow) => carriers.get(carrier)?.firstBegunMs(shipmentId);
  for (const shipment of shipments) {
    const fromMs = begunMs(shipment);
    const others = shipments.filter(
      (each) =>
        each !== shipment && each.carrier === shipment.carrier && each.reference === shipment.reference,
    );
    const own: EventRow[] = [];
    const maybe: EventRow[] = [];
    for (const event of events) {
      if (event.carrier !== shipment.carrier || event.reference !== shipment.reference) continue;
      if (isAtTheTurn(event, [shipment, ...others])) {
        maybe.push(event);
        continue;
      }
      const perhapsMs = interrupted.get(shipment.shipmentId);
      const known = belongs(event, fromMs);
      const verdict =
        known === 'no' && perhapsMs !== undefined && event.timeMs >= perhapsMs - DAY_MS - CLOCKS_MS
          ? 'maybe'
          : known;
      // A number that is used again is the later parcel's from when that was sent.
      const isOthers = others.some((each) => {
        const otherMs = begunMs(each);
        return otherMs !== undefined && otherMs > (fromMs ?? 0) && belongs(event, otherMs) !== 'no';
      });
      if (isOthers || verdict === 'no') continue;
      if (verdict === 'yes') own.push(event);
      else maybe.push(event);
    }
    const right = new Set([
      statusBy(own),
      ...maybe.map((event) => statusBy([...own, event])),
      statusBy([...own, ...maybe]),
    ]);
    const shown = WAY.includes(shipment.status) ? shipment.status : null;
    if (right.has(shown)) continue;
    const may = [...right].map((each) => each ?? 'not under way').join(' or ');
    const names = others.map((each) => `${each.shipmentId}, begun at ${begunMs(each)}`).join('; ');
    const message = `${shipment.shipmentId} is ${shipment.status}, by its events it is ${may}${names && ` (under one number with ${names})`}`;
    fail({ rule: 'the status is that of the rules', message, orders: [shipment.orderId] });
  }

  /** Parcels under one number that began so near to each other, or to the event, that clocks may tell otherwise. */
  function isAtTheTurn(event: EventRow, parcels: readonly TrackedRow[]): boolean {
    if (parcels.length < 2) return false;
    if (parcels.some(({ shipmentId }) => interrupted.has(shipmentId))) return true;
    const storedMs = storedAt.get(`${event.carrier} ${event.reference} ${event.timeMs} ${event.code}`) ?? 0;
    const begun = parcels.map((each) => begunMs(each) ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
    return begun.some(
      (atMs, index) =>
        Math.abs(storedMs - atMs) < CLOCKS_MS ||
        (storedMs > atMs && (begun[index + 1] ?? Number.POSITIVE_INFINITY) - atMs < CLOCKS_MS),
    );
  }

  function belongs(event: EventRow, fromMs: number | undefined): 'yes' | 'no' | 'maybe' {
    if (fromMs === undefined) return 'no';
    const storedMs = storedAt.get(`${event.carrier} ${event.reference} ${event.timeMs} ${event.code}`) ?? 0;
    if (storedMs < fromMs) return 'no';
    const earliest = plan.epochMs + fromMs - DAY_MS;
    if (event.timeMs >= earliest + CLOCKS_MS) return 'yes';
    return event.timeMs < earliest - CLOCKS_MS ? 'no' : 'maybe';
  }
}

function statusBy(events: readonly EventRow[]): string | null {
  const named = events.flatMap(({ name, timeMs, receivedMs }) =>
    name === null ? [] : { name, atMs: Math.min(timeMs, receivedMs) },
  );
  const last = named.sort((a, b) => a.atMs - b.atMs || WAY.indexOf(a.name) - WAY.indexOf(b.name)).at(-1);
  return last?.name ?? null;
}
