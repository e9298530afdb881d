/** What the soak trials and the tests share; plain JavaScript, since the trials run without a build step. */

export interface Delivery {
  /** Its place among all deliveries of its load, from 1. */
  number: number;
  /** Its webhook-id and its order_id. */
  id: string;
  body: string;
  timesSent: number;
  /** `200 stored`, `200 duplicate`, or the status alone: one per time that it was answered. */
  answers: string[];
}

/**
 * How a connection ended: `closed` by the receiver while nothing was under way, closed with its request `unanswered`, or
 * `broken`: reset, or never made.
 */
export type Ending = 'closed' | 'unanswered' | 'broken';

export interface Answer {
  /** How many answers this run has had, with this one. */
  answers: number;
  /** Whether it says `Connection: close`. */
  closes: boolean;
  /** Whether every connection has had one: before, some may still wait to be accepted. */
  allServed: boolean;
}

export interface Load {
  /** By id. */
  deliveries: ReadonlyMap<string, Delivery>;
  /** Keeps all connections busy until the receiver ends them. Resolves with how it ended each. */
  run(url: string, onAnswer?: (answer: Answer) => void): Promise<Ending[]>;
}

export function createLoad(options: { secret: string; connections: number }): Load;

export function signedRequest(delivery: { id: string; body: string }, secret: string): string;

export interface Comparison {
  /** Events in the database. */
  stored: number;
  /** Deliveries that got a 200. */
  answered: number;
  /** Order ids of answered deliveries that are not stored. */
  lost: string[];
  doubled: string[];
  /** Stored with other bytes than were sent, or not sent at all. */
  neverSent: string[];
  /** With neither 200 nor 503, or as a duplicate although it was sent only once. */
  wronglyAnswered: Delivery[];
}

export function compareWithStore(databasePath: string, deliveries: Load['deliveries']): Comparison;
