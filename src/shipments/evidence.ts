import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { idsTable } from '../db/rows.ts';
import { EVENT_NAMES, type EventName, type ShipmentStatus } from '../vocabulary.ts';
import { type DatedEvent, effectiveTimeMs, latestEvent } from './status.ts';

/** By so much a provider's clock may differ from ours: an event from before the attempt is about something else. */
export const CLOCK_TOLERANCE_MS = 86_400_000;

/** What is known of a shipment without its events. Times are epoch milliseconds. */
export interface Evidence {
  id: number;
  claim: number;
  status: ShipmentStatus;
  /** As of when the status is that of an event; null where it is none's. */
  statusAt: number | null;
  sentAt: number | null;
  trackedByNumber: 0 | 1;
  /** Whether there are several editions of its due date. */
  hasEditions: 0 | 1;
  /** The first attempt that may have arrived: under which claim, and when it began. */
  begunClaim: number;
  begunAt: number;
}

/** An event of a shipment, as far as it decides its status. */
export interface ToldEvent {
  shipment: number;
  /** The newest claim of the shipment when the event came; null where the shipment was not known by that name then. */
  claim: number | null;
  /** Null where it is none of ours. */
  eventName: EventName | null;
  eventAt: number;
  receivedAt: number;
}

/**
 * Whether an event says anything of the shipment, which is a matter of order and not only of times. It must have come when
 * the shipment had been claimed for an attempt that may have arrived, and must not lie before that attempt. To prove that
 * the provider has a shipment of which we don't know it, it must also have come after that attempt began. Where it came
 * under a name that was not known then (the tracking number of an answer under way) times have to do.
 */
function counts(event: ToldEvent, { sentAt, trackedByNumber, begunClaim, begunAt }: Evidence): boolean {
  if (event.eventAt < begunAt - CLOCK_TOLERANCE_MS) return false;
  // Claimed again since, so that attempt was over: no two clocks are asked.
  if (event.claim !== null && event.claim > begunClaim) return true;
  if (sentAt === null && event.receivedAt < begunAt) return false;
  if (event.claim !== null) return event.claim >= begunClaim;
  return trackedByNumber === 1 && event.receivedAt >= begunAt - CLOCK_TOLERANCE_MS;
}

/** What events make of a shipment's status: that of the latest one that counts; undefined where they change nothing. */
export function statusAfter(
  events: readonly ToldEvent[],
  shipment: Evidence,
): { status: ShipmentStatus; status_at: number | null; sent_at: number } | undefined {
  const counting = events.filter((event) => counts(event, shipment));
  const [first] = counting;
  if (!first) return undefined;
  const decisive = decisiveEvent(shipment);
  const latest = latestEvent([
    ...(decisive ? [decisive] : []),
    ...counting.flatMap(({ eventName, eventAt, receivedAt }) =>
      eventName === null ? [] : { eventName, eventTimeMs: eventAt, receivedAtMs: receivedAt },
    ),
  ]);
  if (latest && latest !== decisive) {
    return { status: latest.eventName, status_at: effectiveTimeMs(latest), sent_at: latest.receivedAtMs };
  }
  // Whatever else a provider says of a shipment, it has it.
  return shipment.sentAt === null
    ? { status: 'sent', status_at: null, sent_at: first.receivedAt }
    : undefined;
}

/** The event that the status is that of, as far as it is kept with the shipment. */
function decisiveEvent({ status, statusAt }: Evidence): DatedEvent | undefined {
  const eventName = EVENT_NAMES.find((name) => name === status);
  if (statusAt === null || eventName === undefined) return undefined;
  return { eventName, eventTimeMs: statusAt, receivedAtMs: statusAt };
}

/** Of rows of `attempts` and `shipments`: whether its provider may have accepted the shipment by it, or surely has. */
export const MAY_BE_ACCEPTED = sql<boolean>`attempts.claim > shipments.moved_claim
  and attempts.outcome in ('accepted', 'unanswered', 'interrupted')`;

/** Of those of the shipments that an attempt may have brought to the provider. */
export async function readEvidence(db: Db, shipmentIds: readonly number[]): Promise<Map<number, Evidence>> {
  const { rows } = await sql<Evidence>`
    select shipments.id, shipments.claim, status, status_at as "statusAt", sent_at as "sentAt",
      tracked_by_number as "trackedByNumber", edition > 1 or is_current = 0 as "hasEditions",
      min(attempts.claim) as "begunClaim", min(attempts.started_at) as "begunAt"
    from ${idsTable('affected', shipmentIds)}
      join shipments on shipments.id = affected.id
      join attempts on attempts.shipment = shipments.id and ${MAY_BE_ACCEPTED}
    group by shipments.id
  `.execute(db);
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Of shipments that may be accepted those of which their provider has told since: proof it is not, where nobody knows
 * whether the attempt had begun by then, and reason enough to ask before another one is sent.
 * @returns by shipment the latest of these events, in the provider's word.
 */
export async function readHints(
  db: Db,
  shipmentIds: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  if (shipmentIds.length === 0) return new Map();
  const evidence = await readEvidence(db, shipmentIds);
  const events = await readEvents(db, [...evidence.keys()]);
  const hints = new Map<number, string>();
  for (const { shipment, claim, eventAt, code } of events.sort((a, b) => a.eventAt - b.eventAt)) {
    const begun = evidence.get(shipment);
    if (!begun || (claim !== null && claim < begun.begunClaim)) continue;
    if (eventAt >= begun.begunAt - CLOCK_TOLERANCE_MS) hints.set(shipment, code);
  }
  return hints;
}

/** All events of shipments. */
export async function readEvents(
  db: Db,
  shipmentIds: readonly number[],
): Promise<(ToldEvent & { code: string })[]> {
  const { rows } = await sql<ToldEvent & { code: string }>`
    select event.shipment, event.claim, event.event_name as "eventName", event.event_at as "eventAt",
      event.received_at as "receivedAt", event.code
    from ${idsTable('affected', shipmentIds)}
      join shipments on shipments.id = affected.id
      join tracking_events as event on event.provider = shipments.provider and event.reference = shipments.reference
        and event.shipment = shipments.id
  `.execute(db);
  return rows;
}
