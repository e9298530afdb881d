import { iso31661Alpha2ToAlpha3 } from 'iso-3166/1-a2-to-1-a3.js';
import * as z from 'zod';
import type { ShipmentRequest } from '../providers/provider.ts';
import { fields, line, list, must, oneOf, text, wholeNumber } from '../schema.ts';
import { DELIVERY_SERVICES, INTERVAL_NAMES, type ShippingInterval } from '../vocabulary.ts';
import { type CalendarDate, parseCalendarDate } from './schedule.ts';

/** The brief's `str(35)`. */
const MAX_LINE_LENGTH = 35;
const MAX_INTEGER = 2 ** 31 - 1;

/** A standing order: what goes to whom, how often, and by which provider. */
export interface CustomerOrder extends Omit<ShipmentRequest, 'shipmentId'> {
  orderId: string;
  provider: string;
  shippingInterval: ShippingInterval;
  /** Undefined: the day on which the order is first loaded. */
  startsOn: CalendarDate | undefined;
  active: boolean;
}

/**
 * A customer order as a seed file holds it, read into the domain type. The messages follow the place that they
 * are about: `orders[3].delivery_address.postcode: must not be blank`.
 *
 * @param providers - the names that `provider` may have.
 */
export function orderSchema(providers: readonly string[]) {
  const order = fields({
    order_id: text(
      (value) => /^[A-Za-z0-9_-]{1,35}$/.test(value),
      'be 1 to 35 of the characters A-Z a-z 0-9 - _',
    ),
    provider: oneOf(providers).default('fictional'),
    delivery_service: oneOf(DELIVERY_SERVICES),
    shipping_interval: oneOf(INTERVAL_NAMES),
    starts_on: text(
      (value) => parseCalendarDate(value) !== undefined,
      'be a real date from 1970 to 2999 such as 2026-05-29',
    ).optional(),
    active: z.boolean({ error: must('be true or false') }).default(true),
    items: list(item()),
    delivery_address: deliveryAddress(),
  });
  return order.transform(
    (value): CustomerOrder => ({
      orderId: value.order_id,
      provider: value.provider,
      deliveryService: value.delivery_service,
      shippingInterval: value.shipping_interval,
      startsOn: value.starts_on,
      active: value.active,
      items: value.items,
      deliveryAddress: value.delivery_address,
    }),
  );
}

function item() {
  return fields({
    item_id: line(MAX_LINE_LENGTH),
    quantity: wholeNumber(1, MAX_INTEGER),
    weight: wholeNumber(1, MAX_INTEGER),
  }).transform((value) => ({ itemId: value.item_id, quantity: value.quantity, weightGrams: value.weight }));
}

function deliveryAddress() {
  return fields({
    recipient: line(MAX_LINE_LENGTH),
    line_1: line(MAX_LINE_LENGTH),
    line_2: line(MAX_LINE_LENGTH, { optional: true }).default(''),
    city: line(MAX_LINE_LENGTH),
    postcode: line(MAX_LINE_LENGTH),
    country: text(
      (value) => Object.hasOwn(iso31661Alpha2ToAlpha3, value),
      'be an ISO 3166-1 country code such as GB',
    ),
  }).transform(({ line_1, line_2, ...rest }) => ({ ...rest, line1: line_1, line2: line_2 }));
}
