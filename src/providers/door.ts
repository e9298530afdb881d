import { EVENT_NAMES } from '../vocabulary.ts';
import {
  type DeliveryReading,
  type HttpAnswer,
  type HttpRequest,
  LONGEST_PAUSE_SECONDS,
  type LookUp,
  type Outcome,
  type TrackingEvent,
} from './provider.ts';

/*
 * What a provider's code returns, checked before anything is done with it: a provider from outside may be plain
 * JavaScript. What is read is a copy that holds what its type says and nothing else; what does not fit is thrown.
 */

/** Of what a provider's code throws; what is stored and shown of it is cut further. */
const MAX_REASON_LENGTH = 4_000;

/** What a provider's code threw, in words. Anything can be thrown, and a message be anything. */
export function reasonOf(thrown: unknown): string {
  try {
    // That it is called an error says nothing.
    const said: unknown = thrown instanceof Error && thrown.name === 'Error' ? thrown.message : thrown;
    return String(said).slice(0, MAX_REASON_LENGTH);
  } catch {
    return 'it failed';
  }
}

/** An answer for a provider's code to read: what it does to it is not done to ours. */
export function copyOf({ status, headers, body }: HttpAnswer): HttpAnswer {
  const copied: Record<string, string | string[] | undefined> = {};
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    copied[name] = Array.isArray(value) ? [...value] : value;
  }
  return { status, headers: copied, body };
}

/** @throws Error saying what is wrong with it. */
export function readRequest(value: unknown): HttpRequest {
  const { method, path, headers } = fieldsOf(value);
  if (method !== 'GET' && method !== 'POST' && method !== 'PUT') wrong('method', method);
  if (typeof path !== 'string' || !/^\/[\x21-\x7e]*$/.test(path)) wrong('path', path);
  const read: Record<string, string> = {};
  const given = fieldsOf(headers, 'headers');
  for (const name of Object.keys(given)) {
    const text = given[name];
    // What can't be sent in a header is refused where requests are made; it is not shown, since it may hold the key.
    if (typeof text !== 'string') throw new Error(`its header ${name} is ${kindOf(text)}`);
    read[name] = text;
  }
  return { method, path, headers: read };
}

/** @throws Error saying what is wrong with it. */
export function readOutcome(value: unknown): Outcome {
  const { kind, httpStatus, message, trackingNumber, retryAfterSeconds, notFound } = fieldsOf(value);
  switch (kind) {
    case 'accepted': {
      const number = readTrackingNumber(trackingNumber);
      const status = readStatus(httpStatus);
      return number === undefined
        ? { kind, httpStatus: status }
        : { kind, httpStatus: status, trackingNumber: number };
    }
    case 'rejected': {
      const rejected = { kind, httpStatus: readStatus(httpStatus), message: readMessage(message) } as const;
      return notFound === true ? { ...rejected, notFound } : rejected;
    }
    case 'unauthorized':
    case 'wrong-address':
      return { kind, httpStatus: readStatus(httpStatus), message: readMessage(message) };
    case 'unanswered': {
      const status = httpStatus === null ? null : readStatus(httpStatus);
      return { kind, httpStatus: status, message: readMessage(message) };
    }
    case 'unsent':
      return retryAfterSeconds === undefined
        ? { kind, message: readMessage(message) }
        : { kind, message: readMessage(message), retryAfterSeconds: readSeconds(retryAfterSeconds) };
    case 'throttled': {
      const seconds = retryAfterSeconds === null ? null : readSeconds(retryAfterSeconds);
      const status = readStatus(httpStatus);
      return { kind, httpStatus: status, retryAfterSeconds: seconds, message: readMessage(message) };
    }
    default:
      return wrong('kind', kind);
  }
}

/** @throws Error saying what is wrong with it. */
export function readLookUp(value: unknown): ReturnType<LookUp['reading']> {
  const { kind, trackingNumber } = fieldsOf(value);
  switch (kind) {
    case 'has-it': {
      const number = readTrackingNumber(trackingNumber);
      return number === undefined ? { kind } : { kind, trackingNumber: number };
    }
    case 'has-it-not':
    case 'unclear':
      return { kind };
    default:
      return wrong('kind', kind);
  }
}

/** @throws Error saying what is wrong with it. */
export function readDeliveryReading(value: unknown): DeliveryReading {
  const { kind, events, problems } = fieldsOf(value);
  switch (kind) {
    case 'events':
      if (!Array.isArray(events)) return wrong('events', events);
      return { kind, events: events.map(readEvent) };
    case 'invalid':
      if (!Array.isArray(problems)) return wrong('problems', problems);
      return { kind, problems: problems.map(readProblem) };
    default:
      return wrong('kind', kind);
  }
}

function readEvent(value: unknown): TrackingEvent {
  const { reference, code, eventName, eventTimeMs, timePointer, raw } = fieldsOf(value, 'event');
  if (eventName !== null && !isEventName(eventName)) wrong('eventName', eventName);
  if (typeof eventTimeMs !== 'number' || !Number.isSafeInteger(eventTimeMs))
    wrong('eventTimeMs', eventTimeMs);
  const event = {
    reference: readText('reference', reference),
    code: readText('code', code),
    eventName,
    eventTimeMs,
    timePointer: readText('timePointer', timePointer, true),
  };
  return raw === undefined ? event : { ...event, raw: readText('raw', raw) };
}

function readProblem(value: unknown): { pointer: string; message: string } {
  const { pointer, message } = fieldsOf(value, 'problem');
  return { pointer: readText('pointer', pointer, true), message: readText('message', message) };
}

function isEventName(value: unknown): value is (typeof EVENT_NAMES)[number] {
  return EVENT_NAMES.some((name) => name === value);
}

function readText(name: string, value: unknown, mayBeEmpty = false): string {
  // SQLite keeps no half of a surrogate pair, and its functions end a text at U+0000.
  if (typeof value !== 'string' || (value === '' && !mayBeEmpty) || !isStorable(value))
    return wrong(name, value);
  return value;
}

/** Whether the database gives back the same text that it was given. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

function readStatus(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 100 && value <= 999) return value;
  return wrong('httpStatus', value);
}

function readSeconds(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
    ? Math.min(value, LONGEST_PAUSE_SECONDS)
    : wrong('retryAfterSeconds', value);
}

function readMessage(value: unknown): string {
  return typeof value === 'string' ? value : wrong('message', value);
}

/** Whether it can be stored is seen to later: what else was answered counts without it. */
function readTrackingNumber(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : wrong('trackingNumber', value);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown, what?: string): Fields {
  if (isFields(value) && !isPromise(value)) return value;
  throw new Error(what === undefined ? `it returned ${kindOf(value)}` : `its ${what} is ${kindOf(value)}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPromise(value: Fields): boolean {
  return typeof value.then === 'function';
}

/** What a value is, in words; a promise of which nobody waits for the end must not end the program if it fails. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isFields(value) && isPromise(value)) {
    Promise.resolve(value).catch(() => {});
    return 'a promise';
  }
  if (value === null || value === undefined) return String(value);
  return `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

function wrong(name: string, value: unknown): never {
  // Texts are not shown: they may be as long as an answer, and hold what it held.
  const shown = typeof value === 'number' ? String(value) : kindOf(value);
  throw new Error(`its ${name} is ${shown}${typeof value === 'string' ? ' that does not fit' : ''}`);
}
