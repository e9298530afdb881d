import { CommandError } from '../errors.ts';
import { unknownProviders } from '../providers/unknown.ts';
import { type NotRetried, type Retried, retryOne, retryRejected } from '../shipments/retry-rejected.ts';
import { type Command, type Ending, withDatabase } from './command.ts';
import { operatorName, requireReason } from './operator.ts';
import { ROWS_SHOWN, renderFirst } from './tables.ts';

interface RetryFlags {
  rejected?: boolean;
  reason?: string;
}

export const run: Command<RetryFlags, [id?: string]> = async (context, flags, id) => {
  const reason = requireReason(flags.reason);
  if ((id === undefined) === !flags.rejected) {
    throw new CommandError('usage', 'Name one order or shipment, or say --rejected for all.', {
      hint: 'For example: shipctl retry co-7 --reason "postcode corrected".',
    });
  }
  const { output, providers } = context;
  const deciding = { by: operatorName(), reason, nowMs: context.clock.now() };
  return withDatabase(context, { create: false }, async ({ db }): Promise<Ending> => {
    const unknown = new Set<string>();
    const failed: NotRetried[] = [];
    const retried =
      id === undefined
        ? retryRejected(db, providers, { deciding, unknown, failed: (one) => void failed.push(one) })
        : only(await retryOne(db, providers, id, deciding));
    let count = 0;
    let waiting = 0;
    const rows: string[][] = [];
    const documents = async function* () {
      for await (const { orderId, shipmentId, formerShipmentId, isActive } of retried) {
        count += 1;
        if (!isActive) waiting += 1;
        if (rows.length < ROWS_SHOWN) rows.push([orderId, formerShipmentId, shipmentId]);
        yield {
          order_id: orderId,
          shipment_id: shipmentId,
          former_shipment_id: formerShipmentId,
          active: isActive,
        };
      }
    };
    await output.listing('retried', documents(), {
      document: () => ({ count, not_retried: failed.map(notRetriedDocument) }),
      text: () => {
        if (count === 0 && failed.length > 0) return 'Nothing is sent again.';
        if (count === 0) return 'No order has a newest shipment that is rejected.';
        const titles = ['ORDER', 'REJECTED', 'SENT AS'];
        const table = renderFirst(titles, rows, { total: count, width: output.width });
        const wait =
          waiting === 0 ? '' : ` Of orders that are not active, and wait until they are: ${waiting}.`;
        return `To be sent by the next run of ship-due: ${count - waiting}.${wait}\n\n${table}`;
      },
    });
    if (failed.length > 0) throw notAllRetried(failed);
    if (unknown.size > 0) throw unknownProviders([...unknown]);
    return 'done';
  });
};

function notRetriedDocument({ orderId, shipmentId, problem }: NotRetried) {
  return { order_id: orderId, shipment_id: shipmentId, problem };
}

function notAllRetried(failed: readonly NotRetried[]): CommandError {
  return new CommandError('usage', `Of the rejected shipments ${failed.length} can't be sent as they are.`, {
    problems: failed.map(({ shipmentId, problem }) => ({ path: shipmentId, message: problem })),
    hint: 'Correct these orders with "shipctl seed", or resolve the shipments, then retry them. All others are sent by the next run.',
  });
}

async function* only(retried: Retried): AsyncGenerator<Retried> {
  yield retried;
}
