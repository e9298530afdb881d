import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { CommandError } from '../errors.ts';
import { ordersOf, type StoredOrder } from '../orders/queries.ts';
import type { Provider } from '../providers/provider.ts';
import { unknownProviders } from '../providers/unknown.ts';
import { type Deciding, recordDecision } from './decisions.ts';
import { mayBeAccepted } from './doubt.ts';
import { readHints } from './evidence.ts';
import { formOrProblem, type ProviderForm } from './provider-form.ts';
import { correctedShipmentId } from './shipment-id.ts';
import { moveShipments, planEdition } from './transitions.ts';

export interface Retried {
  orderId: string;
  shipmentId: string;
  /** The rejected shipment that this one takes the place of; the same one where the provider surely never had it. */
  formerShipmentId: string;
  /** Whether its order is active: what waits for one that is not is not sent. */
  isActive: boolean;
}

/** One that can't be sent as its order is now, and why. It stays as it is. */
export interface NotRetried {
  orderId: string;
  shipmentId: string;
  problem: string;
}

interface RejectedShipment {
  id: number;
  claim: number;
  orderId: string;
  shipmentId: string;
  customerOrder: number;
  dueOn: string;
  skippedPeriods: number;
  /** An attempt ended without an answer: the provider may have taken it before it rejected it. */
  mayBeAccepted: boolean;
}

interface Retrying {
  deciding: Deciding;
  /** Takes the names of providers that orders have now and nobody knows: their shipments stay as they are. */
  unknown: Set<string>;
  /** Is told of each that can't be retried: the others are, all the same. */
  failed: (notRetried: NotRetried) => void;
}

const PAGE = 500;

/**
 * Lets a rejected shipment be sent again by the next run, with the order as it is now. Under its own id if the
 * provider surely does not have it; else under a new one, that the provider will not take for the old one.
 *
 * @param id - of a shipment, or of an order for its newest shipment: older ones are not sent as a pile.
 * @throws CommandError `not_found` where nothing of that name is rejected, `configuration` where its provider is unknown.
 */
export async function retryOne(
  db: Db,
  providers: ReadonlyMap<string, Provider>,
  id: string,
  deciding: Deciding,
): Promise<Retried> {
  return db.transaction().execute(async (trx) => {
    const rejected = rejectedShipments(trx).limit(1);
    const newest = rejected.where('order_id', '=', id).whereRef('due_on', '=', 'last_due_on');
    // An order's first shipment has the order's own id: it is what is meant where the order's newest one was accepted.
    const own = rejected
      .where('shipment_id', '=', id)
      .where((eb) =>
        eb.or([
          eb('order_id', '<>', id),
          eb.exists(
            eb
              .selectFrom('shipments as newest')
              .select('newest.id')
              .whereRef('newest.customer_order', '=', 'customer_orders.id')
              .whereRef('newest.due_on', '=', 'customer_orders.last_due_on')
              .where('newest.sent_at', 'is not', null),
          ),
        ]),
      );
    const shipment = (await newest.executeTakeFirst()) ?? (await own.executeTakeFirst());
    if (!shipment) {
      throw new CommandError('not_found', `"${id}" has no rejected shipment.`, {
        hint: `See "shipctl status ${id}". An order's id stands for its newest shipment, and for its first one only once that was sent.`,
      });
    }
    const unknown = new Set<string>();
    const [retried] = await retryAll(trx, providers, [shipment], {
      deciding,
      unknown,
      failed({ shipmentId, problem }) {
        throw new CommandError('usage', `${shipmentId} can't be sent: ${problem}.`, {
          hint: `See "shipctl status ${shipmentId}". Correct the order with "shipctl seed" or resolve the shipment, then retry it.`,
        });
      },
    });
    if (!retried) throw unknownProviders([...unknown]);
    return retried;
  });
}

/** Like `retryOne` for every order whose newest shipment is rejected, in pages; yields each as it becomes durable. */
export async function* retryRejected(
  db: Db,
  providers: ReadonlyMap<string, Provider>,
  retrying: Retrying,
): AsyncGenerator<Retried> {
  for (let after = 0; ; ) {
    const { page, retried } = await db.transaction().execute(async (trx) => {
      const page = await rejectedShipments(trx)
        .where('shipments.id', '>', after)
        .whereRef('due_on', '=', 'last_due_on')
        .orderBy('shipments.id')
        .limit(PAGE)
        .execute();
      return { page, retried: await retryAll(trx, providers, page, retrying) };
    });
    yield* retried;
    if (page.length < PAGE) return;
    after = Math.max(...page.map(({ id }) => id));
  }
}

function rejectedShipments(trx: Db) {
  return trx
    .selectFrom('shipments')
    .innerJoin('customer_orders', 'customer_orders.id', 'shipments.customer_order')
    .select([
      'shipments.id',
      'shipments.claim',
      'customer_orders.order_id as orderId',
      'shipments.shipment_id as shipmentId',
      'shipments.customer_order as customerOrder',
      'shipments.due_on as dueOn',
      'shipments.skipped_periods as skippedPeriods',
      mayBeAccepted().as('mayBeAccepted'),
    ])
    .where('shipments.status', '=', sql.lit('rejected'))
    .where('shipments.is_current', '=', 1);
}

async function retryAll(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  rows: readonly (Omit<RejectedShipment, 'mayBeAccepted'> & { mayBeAccepted: number })[],
  { deciding, unknown, failed }: Retrying,
): Promise<Retried[]> {
  const orderOf = await ordersOf(trx, rows);
  const hints = await readHints(
    trx,
    rows.flatMap(({ id, mayBeAccepted }) => (mayBeAccepted === 1 ? id : [])),
  );
  const retried: Retried[] = [];
  for (const row of rows) {
    const order = orderOf(row);
    if (!providers.has(order.provider)) {
      unknown.add(order.provider);
      continue;
    }
    const reason = whyNot(order, row, hints.get(row.id));
    if (reason !== undefined) {
      failed({ orderId: row.orderId, shipmentId: row.shipmentId, problem: reason });
      continue;
    }
    const rejected = { ...row, mayBeAccepted: row.mayBeAccepted === 1 };
    const edition = rejected.mayBeAccepted ? (await newestEdition(trx, row)) + 1 : undefined;
    const shipmentId =
      edition === undefined ? row.shipmentId : correctedShipmentId(row.orderId, row.dueOn, edition);
    const form = formOrProblem(providers, order, shipmentId);
    if ('problem' in form) {
      failed({ orderId: row.orderId, shipmentId: row.shipmentId, problem: form.problem });
      continue;
    }
    await recordDecision(trx, { id: row.id, status: 'rejected' }, 'retry', deciding);
    if (edition === undefined) await moveShipments(trx, 'retry', [{ ...rejected, ...form }]);
    else await replace(trx, rejected, { ...form, shipment_id: shipmentId, edition });
    retried.push({
      orderId: row.orderId,
      formerShipmentId: row.shipmentId,
      shipmentId,
      isActive: order.active,
    });
  }
  return retried;
}

/** @param told - what its provider has told of it since it may have arrived. */
function whyNot(
  { missedUpTo }: StoredOrder,
  { dueOn }: Pick<RejectedShipment, 'dueOn'>,
  told: string | undefined,
): string | undefined {
  if (missedUpTo !== null && dueOn <= missedUpTo) {
    return 'its order was not active until later due dates had come, and the latest of them is shipped instead';
  }
  return told === undefined
    ? undefined
    : `its provider has told of it (${told}), and may have it: say with "shipctl resolve" whether it has`;
}

async function newestEdition(
  trx: Db,
  { customerOrder, dueOn }: Pick<RejectedShipment, 'customerOrder' | 'dueOn'>,
): Promise<number> {
  const { newest } = await trx
    .selectFrom('shipments')
    .select(({ fn }) => fn.max('edition').as('newest'))
    .where('customer_order', '=', customerOrder)
    .where('due_on', '=', dueOn)
    .executeTakeFirstOrThrow();
  return newest;
}

/** The rejected shipment stays what it is, and a later edition counts in its place. */
async function replace(
  trx: Db,
  rejected: RejectedShipment,
  edition: ProviderForm & { shipment_id: string; edition: number },
): Promise<void> {
  await moveShipments(trx, 'supersede', [rejected]);
  await planEdition(trx, {
    ...edition,
    customer_order: rejected.customerOrder,
    due_on: rejected.dueOn,
    skipped_periods: rejected.skippedPeriods,
  });
}
