import { type RawBuilder, sql } from 'kysely';
import type { CustomerOrdersTable } from '../db/tables.ts';
import type { CustomerOrder } from './order.ts';

type AddressRow = Pick<
  CustomerOrdersTable,
  'recipient' | 'line_1' | 'line_2' | 'city' | 'postcode' | 'country'
>;

export function readAddress(row: AddressRow): CustomerOrder['deliveryAddress'] {
  return {
    recipient: row.recipient,
    line1: row.line_1,
    line2: row.line_2,
    city: row.city,
    postcode: row.postcode,
    country: row.country,
  };
}

/** The items of the `customer_orders` row at hand as one column, to be read by `readItems`. */
export function itemsColumn(): RawBuilder<string> {
  return sql`(select json_group_array(json_array(item_id, quantity, weight_grams) order by position)
    from customer_order_items where customer_order = customer_orders.id)`;
}

export function readItems(column: string): CustomerOrder['items'] {
  const items: [itemId: string, quantity: number, weightGrams: number][] = JSON.parse(column);
  return items.map(([itemId, quantity, weightGrams]) => ({ itemId, quantity, weightGrams }));
}
