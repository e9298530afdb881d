import { sql } from 'kysely';
import type { Db } from '../db/open.ts';
import { rowsTable } from '../db/rows.ts';
import type { ShippingInterval } from '../db/tables.ts';
import { itemsColumn, readAddress, readItems } from '../orders/rows.ts';
import { type PlannedPeriod, planPeriod, type Schedule } from '../orders/schedule.ts';
import type { Provider, ShipmentRequest } from '../providers/provider.ts';
import { shipmentId } from '../shipments/shipment-id.ts';
import type { Claimant, ClaimedShipment } from './claim.ts';

/** A shipment that is due and that no run has planned yet. */
export interface DueShipment extends PlannedPeriod {
  /** Key of the customer order. */
  customerOrder: number;
  orderId: string;
  shipmentId: string;
  /** The next due date that stands in the order now. */
  plannedFrom: string;
  request: ShipmentRequest;
}

/** Where the next page of due orders begins. */
export interface DueCursor {
  nextDueOn: string;
  id: number;
}

/**
 * Plans what is due and claims it at once: the shipment exists, with its body, in the same transaction that moves
 * the order's next due date. After it a due date can neither be lost nor be planned a second time.
 */
export async function planAndClaim(
  db: Db,
  provider: Provider,
  claimant: Claimant,
  asOf: string,
  limit: number,
): Promise<{ claimed: ClaimedShipment[]; skippedPeriods: number }> {
  return db.transaction().execute(async (trx) => {
    const due: DueShipment[] = [];
    for (const interval of claimant.intervals) {
      if (due.length >= limit) break;
      due.push(...(await readDue(trx, claimant.provider, interval, asOf, limit - due.length)));
    }
    if (due.length === 0) return { claimed: [], skippedPeriods: 0 };

    const planned = due.map((shipment) => ({ ...shipment, body: provider.body(shipment.request) }));
    const rows = rowsTable(
      'planned',
      {
        customer_order: 'integer',
        due_on: 'text',
        shipment_id: 'text',
        body: 'text',
        skipped_periods: 'integer',
        next_due_on: 'text',
      },
      planned.map((shipment) => ({
        customer_order: shipment.customerOrder,
        due_on: shipment.dueOn,
        shipment_id: shipment.shipmentId,
        body: shipment.body,
        skipped_periods: shipment.skippedPeriods,
        next_due_on: shipment.nextDueOn,
      })),
    );
    await trx
      .updateTable('customer_orders')
      .from(rows)
      .set({
        next_due_on: sql<string>`planned.next_due_on`,
        last_due_on: sql<string>`planned.due_on`,
      })
      .whereRef('customer_orders.id', '=', 'planned.customer_order')
      .execute();
    const inserted = await trx
      .insertInto('shipments')
      .columns([
        'customer_order',
        'due_on',
        'shipment_id',
        'provider',
        'body',
        'status',
        'skipped_periods',
        'claim',
        'run',
      ])
      .expression((query) =>
        query
          .selectFrom(rows)
          .select([
            sql<number>`customer_order`.as('customer_order'),
            sql<string>`due_on`.as('due_on'),
            sql<string>`shipment_id`.as('shipment_id'),
            sql.val(claimant.provider).as('provider'),
            sql<string>`body`.as('body'),
            sql.lit('sending').as('status'),
            sql<number>`skipped_periods`.as('skipped_periods'),
            sql.lit(1).as('claim'),
            sql.val(claimant.run).as('run'),
          ]),
      )
      .returning(['id', 'customer_order'])
      .execute();

    const ids = new Map(inserted.map((row) => [row.customer_order, row.id]));
    let skippedPeriods = 0;
    const claimed = planned.flatMap((shipment) => {
      const id = ids.get(shipment.customerOrder);
      if (id === undefined) return [];
      skippedPeriods += shipment.skippedPeriods;
      const { orderId, shipmentId, body } = shipment;
      return {
        id,
        claim: 1,
        orderId,
        shipmentId,
        body,
        failedAttempts: 0,
        mayHaveIt: false,
        hold: claimant.hold,
      };
    });
    return { claimed, skippedPeriods };
  });
}

/** What is due of one provider and interval, from the index `customer_orders_due`, a page at a time. */
export async function readDue(
  db: Db,
  provider: string,
  interval: ShippingInterval,
  asOf: string,
  limit: number,
  after?: DueCursor,
): Promise<DueShipment[]> {
  let query = db
    .selectFrom('customer_orders')
    .select([
      'id',
      'order_id',
      'delivery_service',
      'starts_on',
      'next_due_on',
      'last_due_on',
      'recipient',
      'line_1',
      'line_2',
      'city',
      'postcode',
      'country',
      itemsColumn().as('items'),
    ])
    .where('active', '=', sql.lit(1))
    .where('provider', '=', provider)
    .where('shipping_interval', '=', interval)
    .where('next_due_on', '<=', asOf)
    .orderBy('next_due_on')
    .orderBy('id')
    .limit(limit);
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('next_due_on', 'id'), '>', tuple(after.nextDueOn, after.id)),
    );
  }
  const orders = await query.execute();
  const plan = planning(asOf);
  return orders.flatMap((order) => {
    const schedule = { startsOn: order.starts_on, shippingInterval: interval, nextDueOn: order.next_due_on };
    const period = plan(schedule);
    if (!period) return [];
    const id = shipmentId(order.order_id, period.dueOn, order.last_due_on === null);
    return {
      ...period,
      customerOrder: order.id,
      orderId: order.order_id,
      shipmentId: id,
      plannedFrom: order.next_due_on,
      request: {
        shipmentId: id,
        deliveryService: order.delivery_service,
        items: readItems(order.items),
        deliveryAddress: readAddress(order),
      },
    };
  });
}

/** `planPeriod` for one day; of a page of orders most share a few schedules. */
function planning(asOf: string): (schedule: Schedule) => PlannedPeriod | undefined {
  const known = new Map<string, PlannedPeriod | undefined>();
  return (schedule) => {
    const key = `${schedule.startsOn} ${schedule.nextDueOn}`;
    if (!known.has(key)) known.set(key, planPeriod(schedule, asOf));
    return known.get(key);
  };
}
