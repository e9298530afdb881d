import { toRfc3339 } from '../clock.ts';
import { listEvents, type StoredEvent } from '../shipments/event-list.ts';
import { type Command, type Ending, withDatabase } from './command.ts';
import { ROWS_SHOWN, renderFirst } from './tables.ts';

export const run: Command<{ unmatched?: boolean }> = async (context, { unmatched = false }) => {
  const { output } = context;
  return withDatabase(context, { create: false }, async ({ db }): Promise<Ending> => {
    const shown: string[][] = [];
    let count = 0;
    async function* documents() {
      for await (const event of listEvents(db, { unmatched })) {
        count += 1;
        if (shown.length < ROWS_SHOWN) shown.push(row(event));
        yield document(event);
      }
    }
    await output.listing('events', documents(), {
      document: () => ({ unmatched_only: unmatched }),
      text: () => {
        if (count === 0) return unmatched ? 'Every event belongs to a shipment.' : 'No events yet.';
        const titles = ['PROVIDER', 'REFERENCE', 'EVENT', 'CODE', 'EVENT TIME', 'RECEIVED', 'SHIPMENT'];
        const { width } = output;
        return renderFirst(titles, shown, { total: count, width, see: '--json lists them all' });
      },
    });
    return 'done';
  });
};

function row({
  provider,
  reference,
  eventName,
  code,
  eventAt,
  receivedAt,
  shipmentId,
}: StoredEvent): string[] {
  const word = eventName === code ? '' : code;
  return [
    provider,
    reference,
    eventName ?? '-',
    word,
    toRfc3339(eventAt),
    toRfc3339(receivedAt),
    shipmentId ?? '',
  ];
}

function document(event: StoredEvent) {
  return {
    provider: event.provider,
    reference: event.reference,
    event_name: event.eventName,
    code: event.code,
    event_time: toRfc3339(event.eventAt),
    received_at: toRfc3339(event.receivedAt),
    shipment_id: event.shipmentId,
    raw: event.raw,
  };
}
