/** The words that the database, the providers and people share: each list stands here and nowhere else. */

export type ShippingInterval = 'weekly' | 'monthly';

export type DeliveryService = 'standard' | 'express';

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
export type AttemptOutcome = 'accepted' | 'rejected' | 'unanswered' | 'unsent' | 'interrupted';

/** What a person decided about a shipment. */
export type Decision = 'sent' | 'not-sent' | 'retry';
