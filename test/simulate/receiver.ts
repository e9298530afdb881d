import type { Db } from '../../src/db/open.ts';
import { type Delivery, readDelivery } from '../../src/webhooks/delivery.ts';
import { ingest } from '../../src/webhooks/ingest.ts';
import { PROVIDERS } from './carriers.ts';
import type { CarrierName } from './themes.ts';
import type { Process, World } from './world.ts';

/** What was answered with 200. */
export interface Acknowledged {
  provider: string;
  reference: string;
  code: string;
  eventTimeMs: number;
}

export interface ReceiverProcess {
  process: Process;
  receive(carrier: CarrierName, body: string, answer: (status: number) => void): void;
}

interface Waiting {
  delivery: Delivery;
  answer: (status: number) => void;
}

/** The receiver without its sockets: deliveries are read and stored by the real code, what waits together in one go. */
export function startReceiverProcess(
  world: World,
  process: Process,
  options: { db: Db; acknowledged: Acknowledged[]; onError: (error: unknown) => void },
): ReceiverProcess {
  const { db, acknowledged, onError } = options;
  let waiting: Waiting[] = [];
  let busy = false;

  const reply = ({ delivery, answer }: Waiting, status: number) =>
    process.later(process.random.between(0.1, 2), () => {
      if (status === 200) {
        for (const { provider, reference, code, eventTimeMs } of delivery.events) {
          acknowledged.push({ provider, reference, code, eventTimeMs });
        }
      }
      answer(status);
    });
  const storeAll = async () => {
    busy = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const results = await ingest(
        db,
        batch.map(({ delivery }) => delivery),
      );
      for (const [index, result] of results.entries()) {
        if (result.kind === 'failed') onError(new Error(`an event can't be stored: ${result.cause}`));
        const each = batch[index];
        if (each) reply(each, result.kind === 'stored' ? 200 : 503);
      }
    }
    busy = false;
  };

  return {
    process,
    receive(carrier, body, answer) {
      process.later(process.random.between(0.5, 20), () => {
        const webhook = PROVIDERS.get(carrier)?.webhook;
        if (!webhook) throw new Error(`${carrier} sends no events`);
        const source = { provider: carrier, webhook, timezone: 'UTC', access: { kind: 'local' } } as const;
        const nowMs = process.clock.now();
        const delivery = readDelivery(source, { body: Buffer.from(body), nowMs });
        if (delivery.kind !== 'delivery') return answer(422);
        world.tell(process.name, () => `gets an event of ${carrier}: ${body}`, ordersIn(body));
        waiting.push({ delivery, answer });
        if (!busy) storeAll().catch(onError);
      });
    },
  };
}

function ordersIn(body: string): string[] {
  return [...body.matchAll(/"(co-\d+(?:-long)?)[".]/g)].flatMap(([, order]) => order ?? []);
}
