import type { Db } from '../db/open.ts';
import type { EventName } from '../vocabulary.ts';

/** One event as it was stored; times are epoch milliseconds. */
export interface StoredEvent {
  provider: string;
  /** Which shipment, in the provider's words. */
  reference: string;
  /** The event in the provider's word. */
  code: string;
  /** Null where that is none of ours. */
  eventName: EventName | null;
  eventAt: number;
  receivedAt: number;
  /** Null where we know no such shipment. */
  shipmentId: string | null;
  /** What was received about it. */
  raw: string;
}

const PAGE = 1_000;

/** All events, or those of shipments that are not known, by provider, reference and time; read page by page. */
export async function* listEvents(
  db: Db,
  { unmatched }: { unmatched: boolean },
): AsyncGenerator<StoredEvent> {
  for (let last: StoredEvent | undefined; ; ) {
    const page = await readPage(db, unmatched, last);
    yield* page;
    last = page.at(-1);
    if (page.length < PAGE) return;
  }
}

function readPage(db: Db, unmatched: boolean, after: StoredEvent | undefined): Promise<StoredEvent[]> {
  let query = db
    .selectFrom('tracking_events as event')
    .leftJoin('shipments', 'shipments.id', 'event.shipment')
    .select([
      'event.provider',
      'event.reference',
      'event.code',
      'event.event_name as eventName',
      'event.event_at as eventAt',
      'event.received_at as receivedAt',
      'shipments.shipment_id as shipmentId',
      'event.raw',
    ])
    .orderBy('event.provider')
    .orderBy('event.reference')
    .orderBy('event.event_at')
    .orderBy('event.code')
    .limit(PAGE);
  if (unmatched) query = query.where('event.shipment', 'is', null);
  if (after) {
    const { provider, reference, eventAt, code } = after;
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('event.provider', 'event.reference', 'event.event_at', 'event.code'),
        '>',
        tuple(provider, reference, eventAt, code),
      ),
    );
  }
  return query.execute();
}
