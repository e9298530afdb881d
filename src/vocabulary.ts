/** The words that the database, the providers and people share: each list stands here and nowhere else. */

/** How far one due date is from the next, always counted from an order's start. */
export const SHIPPING_INTERVALS = {
  weekly: { days: 7 },
  monthly: { months: 1 },
} as const satisfies Record<string, { days: number } | { months: number }>;
export type ShippingInterval = keyof typeof SHIPPING_INTERVALS;
export const INTERVAL_NAMES = namesOf(SHIPPING_INTERVALS);

export const DELIVERY_SERVICES = ['standard', 'express'] as const;
export type DeliveryService = (typeof DELIVERY_SERVICES)[number];

/** The four events of the brief, in the order in which a parcel usually has them. */
export const EVENT_NAMES = [
  'waiting-for-collection',
  'in-transit',
  'failed-to-deliver',
  'delivered',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** What we know of a shipment before its provider reports anything. */
const DISPATCH_STATUSES = ['pending', 'sending', 'sent', 'rejected', 'uncertain', 'cancelled'] as const;

/** A shipment's status: ours until the provider's first event, then the provider's. */
export const SHIPMENT_STATUSES = [...DISPATCH_STATUSES, ...EVENT_NAMES] as const;
export type ShipmentStatus = (typeof SHIPMENT_STATUSES)[number];

/** Whose turn a pending shipment is: `retrying`: the run's that holds it; `released` or `given-up` by a run: any one's. */
export type PendingFor = 'retrying' | 'released' | 'given-up';

/** What became of one claim of a shipment. */
export const ATTEMPT_OUTCOMES = ['accepted', 'rejected', 'unanswered', 'unsent', 'interrupted'] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** What a person decided about a shipment. */
export const DECISIONS = ['sent', 'not-sent', 'retry'] as const;
export type Decision = (typeof DECISIONS)[number];

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>) {
  return Object.keys(table) as [Name, ...Name[]];
}
