import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { CommandError } from '../errors.ts';
import { findOrders, type ScheduledOrder } from '../orders/queries.ts';
import { findExcess } from '../providers/limits.ts';
import type { Provider } from '../providers/provider.ts';
import { unknownProviders } from '../providers/unknown.ts';
import { type Deciding, mayBeAccepted, recordDecision } from './decisions.ts';
import { providerForm } from './provider-form.ts';
import { correctedShipmentId } from './shipment-id.ts';

export interface Retried {
  orderId: string;
  shipmentId: string;
  /** The rejected shipment that this one takes the place of; the same one where the provider surely never had it. */
  formerShipmentId: string;
}

interface RejectedShipment {
  id: number;
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
    const rejected = rejectedShipments(trx);
    const order = await trx
      .selectFrom('customer_orders')
      .select('id')
      .where('order_id', '=', id)
      .executeTakeFirst();
    const [shipment] = await (order
      ? rejected.where('order_id', '=', id).whereRef('due_on', '=', 'last_due_on')
      : rejected.where('shipment_id', '=', id)
    )
      .limit(1)
      .execute();
    if (!shipment) {
      throw new CommandError('not_found', `Nothing of "${id}" is rejected.`, {
        hint: `See "shipctl status ${id}". An order stands for its newest shipment; name an older one by its own id.`,
      });
    }
    const unknown = new Set<string>();
    const [retried] = await retryAll(trx, providers, [shipment], { deciding, unknown });
    if (!retried) throw unknownProviders([...unknown]);
    return retried;
  });
}

/** Like `retryOne` for every order whose newest shipment is rejected, in pages; yields each as it becomes durable. */
export async function* retryRejected(
  db: Db,
  providers: ReadonlyMap<string, Provider>,
  { deciding, unknown }: Retrying,
): AsyncGenerator<Retried> {
  for (let after = 0; ; ) {
    const { page, retried } = await db.transaction().execute(async (trx) => {
      const page = await rejectedShipments(trx)
        .where('shipments.id', '>', after)
        .whereRef('due_on', '=', 'last_due_on')
        .orderBy('shipments.id')
        .limit(PAGE)
        .execute();
      return { page, retried: await retryAll(trx, providers, page, { deciding, unknown }) };
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
      'customer_orders.order_id as orderId',
      'shipments.shipment_id as shipmentId',
      'shipments.customer_order as customerOrder',
      'shipments.due_on as dueOn',
      'shipments.skipped_periods as skippedPeriods',
      mayBeAccepted().as('mayBeAccepted'),
    ])
    .where('shipments.status', '=', sql.lit('rejected'))
    .where('shipments.superseded_by', 'is', null);
}

async function retryAll(
  trx: Db,
  providers: ReadonlyMap<string, Provider>,
  rows: readonly (Omit<RejectedShipment, 'mayBeAccepted'> & { mayBeAccepted: number })[],
  { deciding, unknown }: Retrying,
): Promise<Retried[]> {
  const orders = await findOrders(
    trx,
    rows.map(({ orderId }) => orderId),
  );
  const retried: Retried[] = [];
  for (const row of rows) {
    const order = orders.get(row.orderId);
    if (!order) throw new Error(`the order of shipment ${row.shipmentId} is missing`);
    const provider = providers.get(order.provider);
    if (!provider) {
      unknown.add(order.provider);
      continue;
    }
    await recordDecision(trx, { id: row.id, status: 'rejected' }, 'retry', deciding);
    retried.push(await retry(trx, { ...row, mayBeAccepted: row.mayBeAccepted === 1 }, order, provider));
  }
  return retried;
}

async function retry(
  trx: Db,
  rejected: RejectedShipment,
  order: ScheduledOrder,
  provider: Provider,
): Promise<Retried> {
  const { orderId } = order;
  const former = { orderId, formerShipmentId: rejected.shipmentId };
  if (!rejected.mayBeAccepted) {
    const { shipmentId } = rejected;
    await trx
      .updateTable('shipments')
      .set({
        ...formOf(order, shipmentId, provider),
        tracking_number: null,
        status: 'pending',
        run: null,
        crash_count: 0,
        last_error: null,
      })
      .where('id', '=', rejected.id)
      .execute();
    return { ...former, shipmentId };
  }
  const { editions } = await trx
    .selectFrom('shipments')
    .select(({ fn }) => fn.countAll<number>().as('editions'))
    .where('customer_order', '=', rejected.customerOrder)
    .where('due_on', '=', rejected.dueOn)
    .executeTakeFirstOrThrow();
  const shipmentId = correctedShipmentId(orderId, rejected.dueOn, editions + 1);
  const { id } = await trx
    .insertInto('shipments')
    .values({
      customer_order: rejected.customerOrder,
      due_on: rejected.dueOn,
      shipment_id: shipmentId,
      ...formOf(order, shipmentId, provider),
      status: 'pending',
      skipped_periods: rejected.skippedPeriods,
      claim: 0,
      run: null,
      // One shipment of a due date counts: until the line after next that is still the rejected one.
      superseded_by: rejected.id,
      sent_at: null,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx.updateTable('shipments').set({ superseded_by: id }).where('id', '=', rejected.id).execute();
  await trx.updateTable('shipments').set({ superseded_by: null }).where('id', '=', id).execute();
  return { ...former, shipmentId };
}

function formOf(order: ScheduledOrder, shipmentId: string, provider: Provider) {
  const request = { ...order, shipmentId };
  const [excess] = findExcess(provider, request);
  if (excess) {
    throw new CommandError('usage', `${shipmentId} can not be sent: ${excess.path} ${excess.message}.`, {
      hint: 'Correct the order with "shipctl seed", then retry it.',
    });
  }
  return providerForm(provider, request);
}
