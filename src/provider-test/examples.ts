import type { Credentials, HttpAnswer, HttpRequest, ShipmentRequest } from '../providers/provider.ts';
import type { EventName } from '../vocabulary.ts';

/** What the author of a provider has recorded of it, or copied from its documentation. */
export interface ProviderExamples {
  shipment: ShipmentRequest;
  credentials: Credentials;
  /** What the shipment becomes with these credentials. */
  request: RecordedRequest;
  /**
   * What it becomes with the other delivery service. Record both on a day before the tests run: what a provider writes of
   * the machine's date into a request then differs from the recording.
   */
  otherService: RecordedRequest;
  /** The texts in a body, as they were in the shipment; to be given where it is not JSON or changes them. */
  texts?(body: string): readonly string[];
  answers: {
    /** With the tracking number that is to be read out of it, if one is. */
    accepted: RecordedAnswer & { trackingNumber?: string };
    /** To an order that it has already; only where repeated orders are `recognised`. */
    repeated?: RecordedAnswer;
    /** `says`: a part of what a person should be shown. */
    rejected: RecordedAnswer & { says: string };
    /** `seconds` from 2026-05-29T08:00:00Z; null where it does not say. */
    throttled: RecordedAnswer & { seconds: number | null };
    unauthorized: RecordedAnswer;
    failing: RecordedAnswer;
  };
  /** Only where repeated orders are told by a `look-up`. */
  lookUp?: LookUpExamples;
  /** Only where it has a webhook. */
  webhook?: WebhookExamples;
}

export type RecordedRequest = HttpRequest & { body: string };

export interface RecordedAnswer {
  status: number;
  /** Names in lower case. */
  headers?: HttpAnswer['headers'];
  body?: string;
}

export interface LookUpExamples {
  /** For the shipment above, with the credentials above. */
  request: HttpRequest;
  hasIt: RecordedAnswer & { trackingNumber?: string };
  hasItNot: RecordedAnswer;
  unclear: RecordedAnswer;
}

export interface WebhookExamples {
  /** Both of at least 24 bytes, and as they are configured: without a prefix of the header that holds them. */
  secret: string;
  otherSecret: string;
  /** The headers that the provider adds to a body. */
  sign(body: string, secret: string): Record<string, string>;
  /** False where the headers prove who sent a delivery but not what is in it, as a token does. */
  signsBody?: boolean;
  /** Deliveries as recorded, with the events that are to be read out of each; `at` is RFC 3339. */
  deliveries: readonly {
    body: string;
    events: readonly { reference: string; code: string; eventName: EventName | null; at: string }[];
  }[];
  /** A delivery of one event, such as the provider would write it. */
  delivery(event: { reference: string; code: string; time: string }): string;
  /** All its codes and which of the four events each is; null for none of them. */
  vocabulary: Readonly<Record<string, EventName | null>>;
  /** Which of the four events it never reports. */
  neverReports?: readonly EventName[];
  /** A code such as it may use one day; default: `NEVER-SEEN-7`. To be given where its codes are no words. */
  unknownCode?: string;
  /** What becomes of a code that is not in the vocabulary; default: `kept`. */
  unknownCodes?: 'kept' | 'refused';
  /** Times as the provider writes them, at least one on either side of a clock change of its zone; `at` is RFC 3339. */
  times: readonly { text: string; at: string; timezone?: string }[];
}

/** When the answers of the examples come. */
export const NOW = Date.parse('2026-05-29T08:00:00Z');

/** Whether an answer is the recorded one, but for its headers and space around its body. */
export function isSame(answer: HttpAnswer, { status, body = '' }: RecordedAnswer): boolean {
  return answer.status === status && answer.body.trim() === body.trim();
}

export function answerOf({ status, headers = {}, body = '' }: RecordedAnswer): HttpAnswer {
  return { status, headers, body };
}

export function shown({ status, body }: HttpAnswer): string {
  return `HTTP ${status}: ${body.slice(0, 200)}`;
}

/** Answers with each of these statuses and each of these bodies. */
export function answersOf(statuses: readonly number[], bodies: readonly string[]): HttpAnswer[] {
  return statuses.flatMap((status) => bodies.map((body) => ({ status, headers: {}, body })));
}
