import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import * as Instant from 'temporal-polyfill/fns/Instant';
import * as z from 'zod';
import { readTextKey } from '../../providers/signature/scheme.ts';
import { characters, fields, list, must, oneOf, wholeNumber } from '../../schema.ts';
import { type Answer, json, problem } from '../answer.ts';
import { countryCode, isPlainJson, readOrderBody } from '../order-body.ts';
import type { ParcelEvent } from '../parcel-life.ts';
import type { OrderReading, Role } from '../role.ts';

const GRAM = 0.001;

const orderSchema = fields({
  consignment: fields({
    clientReference: characters(35),
    serviceCode: oneOf(['STD', 'EXP']),
    recipientName: characters(30),
    address: fields({
      lines: list(characters(30)).max(2, 'must be at most 2'),
      town: characters(30),
      postCode: characters(10),
      countryCode: countryCode(),
    }),
    parcels: list(fields({ sku: characters(30), pieces: wholeNumber(1), unitWeightKg: weightKg() })),
  }),
});

function weightKg() {
  const error = must('be a weight above 0 in kg, to the gram');
  return z.number({ error }).positive({ error }).multipleOf(GRAM, { error });
}

/** The provider that answers 200 to whatever happens, and takes the same order as often as it comes. */
export const oddpost: Role = {
  name: 'oddpost',
  port: 9091,
  orderPath: '/v2/consignments',
  authorization: (apiKey) => `Basic ${Buffer.from(apiKey).toString('base64')}`,
  readOrder,
  takesRepeats: true,
  parcelName: consignmentNo,
  answers: {
    taken: (_taking, { orderId, parcelName }) => result(booked(orderId, parcelName)),
    failing: (orderId) =>
      result({ clientReference: orderId, state: 'TRY_LATER', code: 'E900', text: 'A fault, as asked for.' }),
    throttled: problem(429, 'Too many requests in one second.', { headers: { 'retry-after': '1' } }),
    unauthorized: problem(401, 'The user or the password is missing or wrong.', {
      headers: { 'www-authenticate': 'Basic realm="oddpost"' },
    }),
  },
  lookUp(query, parcelNames) {
    const orderId = query.get('clientReference');
    if (orderId === null) return refused('E100', 'clientReference is missing');
    const consignments = parcelNames(orderId).map((parcelName) => booked(orderId, parcelName));
    return json(200, JSON.stringify({ consignments }));
  },
  lives: {
    // Labels are no event of ours.
    usual: ['LABEL', 'READY', 'HUB', 'DOOR'],
    nobodyHome: ['LABEL', 'READY', 'HUB', 'NOBODY', 'DOOR'],
  },
  eventBody: (parcelName, event, earlier) =>
    JSON.stringify({ consignmentNo: parcelName, history: [...earlier, event].map(historyEntry) }),
  readKey: readTextKey,
  sign: (key, { body }) => ({
    'x-oddpost-signature': createHmac('sha256', key).update(body).digest('hex'),
  }),
};

function readOrder(headers: IncomingHttpHeaders, body: Buffer | 'too_large'): OrderReading {
  if (body === 'too_large') return { kind: 'refused', answer: refused('E101', 'longer than 64 KiB') };
  if (!isPlainJson(headers)) return { kind: 'refused', answer: refused('E102', 'not application/json') };
  const reading = readOrderBody(orderSchema, body);
  switch (reading.kind) {
    case 'order':
      return { kind: 'order', orderId: reading.order.consignment.clientReference, json: reading.json };
    case 'not_json':
      return { kind: 'refused', answer: refused('E103', 'not JSON in UTF-8') };
    case 'invalid': {
      const problems = reading.problems.map(({ pointer, message }) => `${pointer} ${message}`);
      return { kind: 'refused', answer: refused('E104', problems.join('; '), referenceIn(body)) };
    }
    default:
      return reading satisfies never;
  }
}

/** What a refused body gives as its reference; it was JSON. */
function referenceIn(body: Buffer): string | undefined {
  const reading = z.object({ consignment: z.object({ clientReference: z.string() }) });
  return reading.safeParse(JSON.parse(body.toString())).data?.consignment.clientReference;
}

/** The same for the same order; another each time that it is taken. */
function consignmentNo(orderId: string, nth: number): string {
  const digits = createHash('sha256').update(`${orderId} ${nth}`).digest('hex').slice(0, 14);
  return `OP${digits.toUpperCase()}`;
}

function booked(clientReference: string, consignmentNo: string) {
  return { clientReference, state: 'BOOKED', consignmentNo };
}

function refused(code: string, text: string, clientReference?: string): Answer {
  return result({ clientReference, state: 'REFUSED', code, text });
}

function result(fields: Record<string, string | undefined>): Answer {
  return json(200, JSON.stringify({ results: [fields] }));
}

/** Every other time has a blank before an offset without a colon. */
function historyEntry({ code, atMs }: ParcelEvent, index: number) {
  const at = Instant.toString(Instant.fromEpochMilliseconds(atMs), { timeZone: 'Europe/Berlin' });
  const [, date, time, hours, minutes] = /^(.+)T(.+)([+-]\d{2}):(\d{2})$/.exec(at) ?? [];
  return { code, at: index % 2 === 0 ? at : `${date} ${time} ${hours}${minutes}` };
}
