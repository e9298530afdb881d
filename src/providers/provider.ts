import type { DeliveryService, EventName } from '../vocabulary.ts';
import type { SignatureScheme } from './signature/scheme.ts';

/** One shipment as every provider gets to see it; how it looks on the wire is the provider's own. */
export interface ShipmentRequest {
  /** Our identifier of this one shipment, called `order_id` in the brief: the same for every attempt. */
  shipmentId: string;
  deliveryService: DeliveryService;
  /** At least one. */
  items: readonly { itemId: string; quantity: number; weightGrams: number }[];
  /** Each at most 35 characters. */
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

/** The fields of a shipment that a provider may have less room for than the 35 characters of each. */
export const LIMITED_FIELDS = [
  'shipmentId',
  'recipient',
  'line1',
  'line2',
  'city',
  'postcode',
  'itemId',
] as const;
export const MAX_FIELD_LENGTH = 35;

/** How many characters a provider's fields take; one that is left out takes what every order may hold. */
export type FieldLimits = Readonly<Partial<Record<(typeof LIMITED_FIELDS)[number], number>>>;

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
  /**
   * As much of the body as was read: at most 8 MiB, and less where it broke off or did not end in time, or where many long
   * answers come at once. The status counts all the same: it is for `outcome` to say whether it tells enough.
   */
  body: string;
}

/** The longest pause that is kept, in seconds: whoever asks for more gets this. */
export const LONGEST_PAUSE_SECONDS = 86_400;

/** What one attempt came to. */
export type Outcome =
  /** The provider has the shipment; `trackingNumber` (1 to 100 characters) is its own name for it, where it gave one. */
  | { kind: 'accepted'; httpStatus: number; trackingNumber?: string }
  /**
   * The provider will not take it as it is: sending the same again is pointless. `notFound`: a wrong address may be the
   * reason (404, 410), so it counts only where the provider accepts others in the same run.
   */
  | { kind: 'rejected'; httpStatus: number; message: string; notFound?: boolean }
  /** It may or may not have it. `httpStatus` is null where no answer came. */
  | { kind: 'unanswered'; httpStatus: number | null; message: string }
  /**
   * By this attempt it surely did not get it, and may take it later: no connection was made, or it said so.
   * `retryAfterSeconds` where it is no use to try again before; no pause for other shipments. More than a minute is left
   * to the next run.
   */
  | { kind: 'unsent'; message: string; retryAfterSeconds?: number }
  /** Slow down. Not an attempt. `retryAfterSeconds` is null where the provider did not say; at most a day counts. */
  | { kind: 'throttled'; httpStatus: number; retryAfterSeconds: number | null; message: string }
  /** Our credentials are wrong: nothing more goes to this provider. Not an attempt. */
  | { kind: 'unauthorized'; httpStatus: number; message: string }
  /** Nobody takes orders at this address (3xx, 405): likewise. The order surely was not taken. */
  | { kind: 'wrong-address'; httpStatus: number; message: string };

/** A tracking event, read out of a webhook delivery. */
export interface TrackingEvent {
  /** Which shipment, by the name that `Webhook.tracks` says. */
  reference: string;
  /** The provider's own word. */
  code: string;
  /** Null where that is none of the four: the event is kept and shown, and changes no status. */
  eventName: EventName | null;
  /** Epoch milliseconds, as the provider says it; may lie ahead of our clock. */
  eventTimeMs: number;
  /** Where in the delivery that time stands (RFC 6901): the receiver refuses one too far ahead of its clock. */
  timePointer: string;
  /** The part of the delivery that is about this event; left out where it is all of it. */
  raw?: string;
}

/** What a webhook delivery holds, or what is wrong with it as JSON pointers (RFC 6901) into the body. */
export type DeliveryReading =
  | { kind: 'events'; events: readonly TrackingEvent[] }
  | { kind: 'invalid'; problems: readonly { pointer: string; message: string }[] };

/** How a provider tells us what becomes of shipments. */
export interface Webhook {
  /** How its events name a shipment: by our id, or by the tracking number of its answer. */
  tracks: 'shipment-id' | 'tracking-number';
  signature: SignatureScheme;
  /**
   * @param body - parsed JSON that was proved to come from the provider.
   * @param timezone - IANA name, for event times that carry no offset.
   */
  read(body: unknown, timezone: string): DeliveryReading;
}

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
  /**
   * How long after an attempt began the order may still come up although the provider says that it does not have it: so
   * long that is not believed. Each run waits for that long by its own clock, from its own attempt or from when it first
   * asked, also if another run's attempt was long before. Left out: twice the time-out.
   */
  settleSeconds?: number;
  request(shipmentId: string, credentials: Credentials): HttpRequest;
  /** `unclear` for an answer that says neither; it is asked again later. */
  reading(
    answer: HttpAnswer,
    shipmentId: string,
  ): { kind: 'has-it'; trackingNumber?: string } | { kind: 'has-it-not' | 'unclear' };
}

export interface Credentials {
  apiKey: string | undefined;
}

/**
 * A shipping provider: what it says and what its answers mean. It owns no socket, loop, clock or database;
 * the dispatcher and the receiver do, so that every provider gets retries, leases, limits and durability alike.
 */
export interface Provider {
  /** Lower-case letters, digits and hyphens: in orders, in the webhook's path, and in capitals in the names of settings. */
  name: string;
  /** Where it is reached unless `SHIPCTL_<NAME>_URL` says otherwise. */
  defaultUrl: string;
  /** IANA name: where its event times are at home, unless `SHIPCTL_<NAME>_TIMEZONE` says otherwise. */
  timezone: string;
  /** What exceeds them is refused before anything is sent, never cut. */
  limits: FieldLimits;
  repeatedOrders: RepeatedOrders;
  /** The body to store and to send, byte for byte the same for the same shipment. */
  body(shipment: ShipmentRequest): string;
  /** Everything of the request but its body. */
  request(shipmentId: string, credentials: Credentials): HttpRequest;
  /** What an answer to the order of this shipment means. */
  outcome(answer: HttpAnswer, nowMs: number, shipmentId: string): Outcome;
  /** Left out where events would have to be asked for: then shipments stay `sent`. */
  webhook?: Webhook;
}
