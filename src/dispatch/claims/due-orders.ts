import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { printable } from '../../log.ts';
import { itemsColumn, readAddress, readItems } from '../../orders/rows.ts';
import { type PlannedPeriod, planPeriod, type Schedule } from '../../orders/schedule.ts';
import type { Provider, ShipmentRequest } from '../../providers/provider.ts';
import { findExcess } from '../../shipments/provider-limits.ts';
import { shipmentId } from '../../shipments/shipment-id.ts';
import type { ShippingInterval } from '../../vocabulary.ts';

/** An order that is due, with the shipment that it asks for. */
export interface DueOrder {
  /** Key of the customer order. */
  customerOrder: number;
  orderId: string;
  /** The next due date that stands in the order now. */
  plannedFrom: string;
  shipment: DueShipment | Unplannable;
}

export interface DueShipment extends PlannedPeriod {
  request: ShipmentRequest;
}

/** The order's row can't be understood, and why. */
export interface Unplannable {
  unplannable: string;
}

/** Where the next page of due orders begins. */
export interface DueCursor {
  nextDueOn: string;
  id: number;
}

/** What is due of one provider and interval, from the index `customer_orders_due`, a page at a time. */
export async function readDue(
  db: Db,
  provider: Pick<Provider, 'name' | 'limits'>,
  interval: ShippingInterval,
  asOf: string,
  limit: number,
  after?: DueCursor,
): Promise<DueOrder[]> {
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
    .where('problem', 'is', null)
    .where('provider', '=', provider.name)
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
  return orders.map((order) => ({
    customerOrder: order.id,
    orderId: order.order_id,
    plannedFrom: order.next_due_on,
    shipment: explainFailure(() => {
      const period = plan({
        startsOn: order.starts_on,
        shippingInterval: interval,
        nextDueOn: order.next_due_on,
      });
      const request = {
        shipmentId: shipmentId(order.order_id, period.dueOn, order.last_due_on === null),
        deliveryService: order.delivery_service,
        items: readItems(order.items),
        deliveryAddress: readAddress(order),
      };
      const excess = findExcess(provider, request);
      if (excess.length > 0)
        throw new Error(excess.map(({ path, message }) => `${path} ${message}`).join('; '));
      return { ...period, request };
    }),
  }));
}

/** What `plan` returns, or why it could not: one order that can't be planned must not keep the others from it. */
export function explainFailure<T>(plan: () => T): T | Unplannable {
  try {
    return plan();
  } catch (error) {
    return { unplannable: printable(error instanceof Error ? error.message : String(error)) };
  }
}

/** `planPeriod` for one day; of a page of orders most share a few schedules. */
function planning(asOf: string): (schedule: Schedule) => PlannedPeriod {
  const known = new Map<string, PlannedPeriod>();
  return (schedule) => {
    const key = `${schedule.startsOn} ${schedule.nextDueOn}`;
    const period = known.get(key) ?? planPeriod(schedule, asOf);
    if (!period) throw new Error(`nothing is due on ${asOf}`);
    known.set(key, period);
    return period;
  };
}
