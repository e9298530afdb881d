import type { SignatureScheme } from './signature/scheme.ts';

/** The four events of the brief, in the order in which a parcel usually has them. */
export const EVENT_NAMES = [
  'waiting-for-collection',
  'in-transit',
  'failed-to-deliver',
  'delivered',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

export type DeliveryService = 'standard' | 'express';

/** One shipment as every provider gets to see it; how it looks on the wire is the provider's own. */
export interface ShipmentRequest {
  /** Our identifier of this one shipment, called `order_id` in the brief: the same for every attempt. */
  shipmentId: string;
  deliveryService: DeliveryService;
  items: readonly { itemId: string; quantity: number; weightGrams: number }[];
  deliveryAddress: {
    recipient: string;
    line1: string;
    /** Empty where there is none. */
    line2: string;
    city: string;
    postcode: string;
    /** ISO 3166-1 alpha-2. */
    country: string;
  };
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT';
  /** Below the provider's base URL, with the leading slash. */
  path: string;
  headers: Record<string, string>;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As much of the body as was read: at most 64 KiB. */
  body: string;
}

/** What one attempt came to. */
export type Outcome =
  /** The provider has the shipment. */
  | { kind: 'accepted'; httpStatus: number }
  /** The provider will not take it as it is: sending the same again is pointless. */
  | { kind: 'rejected'; httpStatus: number; message: string }
  /** It may or may not have it. `httpStatus` is null where no answer came. */
  | { kind: 'unanswered'; httpStatus: number | null; message: string }
  /** It surely does not have it: no connection was made. */
  | { kind: 'unsent'; message: string }
  /** Slow down. Not an attempt. `retryAfterSeconds` is null where the provider did not say. */
  | { kind: 'throttled'; httpStatus: number; retryAfterSeconds: number | null; message: string }
  /** Our credentials are wrong: nothing more goes to this provider. Not an attempt. */
  | { kind: 'unauthorized'; httpStatus: number; message: string };

/** A tracking event, read out of a webhook delivery. */
export interface TrackingEvent {
  /** Which shipment, in the provider's words: for `fictional` our shipment id. */
  reference: string;
  eventName: EventName;
  /** Epoch milliseconds, as the provider says it; may lie ahead of our clock. */
  eventTimeMs: number;
  /** Where in the delivery that time stands (RFC 6901): the receiver refuses one too far ahead of its clock. */
  timePointer: string;
}

/** What a webhook delivery holds, or what is wrong with it as JSON pointers (RFC 6901) into the body. */
export type DeliveryReading =
  | { kind: 'events'; events: readonly TrackingEvent[] }
  | { kind: 'invalid'; problems: readonly { pointer: string; message: string }[] };

/**
 * What becomes of an order that the provider may have already, because its answer was lost.
 * - `recognised`: it knows the order by its id, so the same order is sent again.
 * - `look-up`: it would take it a second time, but it can be asked first.
 * - `unrecognised`: neither, so a person has to find out.
 */
export type RepeatedOrders =
  | { kind: 'recognised' }
  | ({ kind: 'look-up' } & LookUp)
  | { kind: 'unrecognised' };

/** How to ask a provider whether it has an order. */
export interface LookUp {
  request(shipmentId: string, credentials: Credentials): HttpRequest;
  /** `unclear` for an answer that says neither; it is asked again later. */
  reading(answer: HttpAnswer): 'has-it' | 'has-it-not' | 'unclear';
}

export interface Credentials {
  apiKey: string | undefined;
}

/**
 * A shipping provider: what it says and what its answers mean. It owns no socket, loop, clock or database;
 * the dispatcher and the receiver do, so that every provider gets retries, leases, limits and durability alike.
 */
export interface Provider {
  name: string;
  defaultUrl: string;
  repeatedOrders: RepeatedOrders;
  /** The body to store and to send, byte for byte the same for the same shipment. */
  body(shipment: ShipmentRequest): string;
  /** Everything of the request but its body. */
  request(shipmentId: string, credentials: Credentials): HttpRequest;
  outcome(answer: HttpAnswer, nowMs: number): Outcome;
  /** How its webhook deliveries are signed. */
  signature: SignatureScheme;
  /** @param timezone - IANA name, for event times that carry no offset. */
  readDelivery(body: unknown, timezone: string): DeliveryReading;
}
