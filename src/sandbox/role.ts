import type { IncomingHttpHeaders } from 'node:http';
import type { SignatureScheme } from '../providers/signature/scheme.ts';
import type { Answer } from './answer.ts';
import type { Taking } from './ledger.ts';
import type { Lives, ParcelEvent } from './parcel-life.ts';

/** All that the sandbox has to know of a provider to play it. */
export interface Role {
  name: string;
  /** Where it listens unless it is told otherwise. */
  port: number;
  /** Where orders are posted. */
  orderPath: string;
  /** What the header `authorization` must hold. */
  authorization(apiKey: string): string;
  readOrder(headers: IncomingHttpHeaders, body: Buffer | 'too_large'): OrderReading;
  /** Whether an order that it has already is taken once more, as another parcel. */
  takesRepeats: boolean;
  /** How its events name the parcel of an order that was taken for the nth time, from 1. */
  parcelName(orderId: string, nth: number): string;
  answers: {
    taken(taking: Taking, order: { orderId: string; parcelName: string }): Answer;
    /** Nothing was taken; `orderId` is undefined where the request does not say it. */
    failing(orderId: string | undefined): Answer;
    throttled: Answer;
    unauthorized: Answer;
  };
  /**
   * The answer to a GET of `orderPath`; left out where orders can't be looked up.
   * @param parcelNames - of all parcels under an order's id.
   */
  lookUp?(query: URLSearchParams, parcelNames: (orderId: string) => readonly string[]): Answer;
  lives: Lives;
  /** What it tells of an event, once all `earlier` ones were told. */
  eventBody(parcelName: string, event: ParcelEvent, earlier: readonly ParcelEvent[]): string;
  readKey: SignatureScheme['readKey'];
  /** The headers that prove a delivery. */
  sign(key: Uint8Array, delivery: SignedDelivery): Record<string, string>;
}

export type OrderReading =
  /** `json` is the whole text: two are equal where the bodies' bytes are. */
  { kind: 'order'; orderId: string; json: string } | { kind: 'refused'; answer: Answer };

export interface SignedDelivery {
  id: string;
  timestampSeconds: number;
  body: string;
}
