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

/** Whether an event says something of a parcel; `maybe` where clocks, or a run that died, leave that open. */
type Verdict = 'yes' | 'no' | 'maybe';

interface Evidence {
  plan: Plan;
  stage: Pick<Stage, 'watch' | 'carriers'>;
  /** In real time. */
  storedAt: ReadonlyMap<string, number>;
  shipments: readonly TrackedRow[];
  /** Of an attempt of a run that died nobody knows whether it began: what came after it counts or not. */
  interruptedAt: ReadonlyMap<string, number>;
  /** When the first attempt that may have arrived began, by the clock of its run. */
  startedAt: ReadonlyMap<string, number>;
}

/**
 * The contract's "A shipment's status", once more: each shipment that a provider has shows its latest event, of those
 * that came after it had begun to be sent and do not lie more than a day before that.
 */
export function checkStatuses(
  plan: Plan,
  stage: Pick<Stage, 'watch' | 'carriers' | 'fail'>,
  storedAt: ReadonlyMap<string, number>,
): void {
  const { watch, fail } = stage;
  const events = watch.all<EventRow>(
    'select provider as carrier, reference, event_name as name, code, event_at as timeMs, received_at as receivedMs from tracking_events',
  );
  const shipments =
    watch.all<TrackedRow>(`select order_id as orderId, shipment_id as shipmentId, shipments.provider as carrier,
    reference, status, sent_at as sentAt from shipments join customer_orders on customer_orders.id = customer_order`);
  const evidence: Evidence = {
    plan,
    stage,
    storedAt,
    shipments,
    interruptedAt: firstAttempts(watch, "'interrupted'"),
    startedAt: firstAttempts(watch, "'accepted', 'unanswered', 'interrupted'"),
  };
  for (const shipment of shipments) {
    const about = events.filter((event) => hasName(shipment, event));
    const verdictOn = new Map(about.map((event) => [event, verdictOf(evidence, event, shipment)]));
    const own = about.filter((event) => verdictOn.get(event) === 'yes');
    const maybe = about.filter((event) => verdictOn.get(event) === 'maybe');
    const right = new Set([
      statusBy(own),
      ...maybe.map((event) => statusBy([...own, event])),
      statusBy([...own, ...maybe]),
    ]);
    if (right.has(WAY.includes(shipment.status) ? shipment.status : null)) continue;
    const may = [...right].map((each) => each ?? 'not under way').join(' or ');
    const names = othersOf(evidence, shipment)
      .map((each) => `${each.shipmentId}, begun at ${begunMs(evidence, each)}`)
      .join('; ');
    const message = `${shipment.shipmentId} is ${shipment.status}, by its events it is ${may}${names && ` (under one number with ${names})`}`;
    fail({ rule: 'the status is that of the rules', message, orders: [shipment.orderId] });
  }
}

/** @param outcomes - as the text of a list. */
function firstAttempts(watch: Stage['watch'], outcomes: string): ReadonlyMap<string, number> {
  const rows = watch.all<{ shipmentId: string; atMs: number }>(
    `select shipment_id as shipmentId, min(started_at) as atMs from attempts join shipments on id = shipment where outcome in (${outcomes}) group by id`,
  );
  return new Map(rows.map(({ shipmentId, atMs }) => [shipmentId, atMs]));
}

function hasName({ carrier, reference }: TrackedRow, named: Pick<TrackedRow, 'carrier' | 'reference'>) {
  return named.carrier === carrier && named.reference === reference;
}

/** Under the same number. */
function othersOf({ shipments }: Evidence, shipment: TrackedRow): readonly TrackedRow[] {
  return shipments.filter((each) => each !== shipment && hasName(each, shipment));
}

function begunMs({ stage }: Evidence, { carrier, shipmentId }: TrackedRow): number | undefined {
  return stage.carriers.get(carrier)?.firstBegunMs(shipmentId);
}

function storedMs({ storedAt }: Evidence, { carrier, reference, timeMs, code }: EventRow): number {
  return storedAt.get(`${carrier} ${reference} ${timeMs} ${code}`) ?? 0;
}

function verdictOf(evidence: Evidence, event: EventRow, shipment: TrackedRow): Verdict {
  const others = othersOf(evidence, shipment);
  if (isAtTheTurn(evidence, event, [shipment, ...others])) return 'maybe';
  const fromMs = begunMs(evidence, shipment);
  // A number that is used again is the later parcel's from when that was sent.
  const isOthers = others.some((each) => {
    const otherMs = begunMs(evidence, each);
    return otherMs !== undefined && otherMs > (fromMs ?? 0) && belongs(evidence, event, otherMs) !== 'no';
  });
  if (isOthers) return 'no';
  const known = belongs(evidence, event, fromMs);
  if (known === 'yes') return isBeforeByClocks(evidence, event, shipment) ? 'maybe' : 'yes';
  const perhapsMs = evidence.interruptedAt.get(shipment.shipmentId);
  const isPerhaps = perhapsMs !== undefined && event.timeMs >= perhapsMs - DAY_MS - CLOCKS_MS;
  return known === 'no' && isPerhaps ? 'maybe' : known;
}

/** Parcels under one number that began so near to each other, or to the event, that clocks may tell otherwise. */
function isAtTheTurn(evidence: Evidence, event: EventRow, parcels: readonly TrackedRow[]): boolean {
  if (parcels.length < 2) return false;
  if (parcels.some(({ shipmentId }) => evidence.interruptedAt.has(shipmentId))) return true;
  const eventMs = storedMs(evidence, event);
  const begun = parcels
    .map((each) => begunMs(evidence, each) ?? Number.POSITIVE_INFINITY)
    .sort((a, b) => a - b);
  return begun.some(
    (atMs, index) =>
      Math.abs(eventMs - atMs) < CLOCKS_MS ||
      (eventMs > atMs && (begun[index + 1] ?? Number.POSITIVE_INFINITY) - atMs < CLOCKS_MS),
  );
}

/**
 * Of an event that came under the claim of the first attempt only clocks tell whether that had begun, and those of two
 * processes differ. One that came under a later claim surely came after it.
 */
function isBeforeByClocks(evidence: Evidence, event: EventRow, shipment: TrackedRow): boolean {
  const { watch, carriers } = evidence.stage;
  const startedAt = evidence.startedAt.get(shipment.shipmentId) ?? 0;
  if (shipment.sentAt !== null || event.receivedMs >= startedAt) return false;
  const [first] = carriers.get(shipment.carrier)?.postsOf(shipment.shipmentId) ?? [];
  const claims = watch.shipment(shipment.shipmentId, shipment.carrier)?.claimedMs ?? [];
  return !claims.some((atMs) => first && atMs > first.claimedMs && atMs < storedMs(evidence, event));
}

function belongs(evidence: Evidence, event: EventRow, fromMs: number | undefined): Verdict {
  if (fromMs === undefined || storedMs(evidence, event) < fromMs) return 'no';
  const earliest = evidence.plan.epochMs + fromMs - DAY_MS;
  if (event.timeMs >= earliest + CLOCKS_MS) return 'yes';
  return event.timeMs < earliest - CLOCKS_MS ? 'no' : 'maybe';
}

function statusBy(events: readonly EventRow[]): string | null {
  const named = events.flatMap(({ name, timeMs, receivedMs }) =>
    name === null ? [] : { name, atMs: Math.min(timeMs, receivedMs) },
  );
  const last = named.sort((a, b) => a.atMs - b.atMs || WAY.indexOf(a.name) - WAY.indexOf(b.name)).at(-1);
  return last?.name ?? null;
}
