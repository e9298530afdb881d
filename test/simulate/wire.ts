import type { HttpAnswer } from '../../src/providers/provider.ts';

/** What an answer says of an order, read by nothing of the program's; undefined where it leaves that open. */
export type Verdict = 'accepted' | 'rejected' | 'not-found' | 'wrong-address' | 'unauthorized' | undefined;

/** How a provider says what it has to say. */
export interface Wire {
  /** Of the order in a request's body, or of what a request asks about. */
  shipmentIdOf(path: string, body: string | null): string;
  accepted(shipmentId: string, trackingNumber: string): HttpAnswer;
  /** It has the same order already; undefined where it does not recognise that. */
  repeated: HttpAnswer | undefined;
  rejected(shipmentId: string): HttpAnswer;
  /** The answer to whether it has a shipment. */
  found(shipmentId: string, trackingNumber: string | undefined): HttpAnswer;
  verdict(answer: HttpAnswer): Verdict;
  /** A delivery that tells of a parcel all that has happened so far. */
  delivery(reference: string, happened: readonly Happening[]): string;
}

export interface Happening {
  code: string;
  /** Epoch milliseconds, whole seconds. */
  timeMs: number;
}

export function answerOf(status: number, body: unknown, headers: HttpAnswer['headers'] = {}): HttpAnswer {
  return { status, headers, body: JSON.stringify(body) };
}

function verdictByStatus({ status }: HttpAnswer): Verdict {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 405 || (status >= 300 && status < 400)) return 'wrong-address';
  if (status === 404 || status === 410) return 'not-found';
  return status === 422 ? 'rejected' : undefined;
}

export const fictionalWire: Wire = {
  shipmentIdOf: (_path, body) => JSON.parse(body ?? '{}').order_id,
  accepted: () => answerOf(201, { status: 'accepted' }),
  repeated: answerOf(409, { error: 'has it already' }),
  rejected: () => answerOf(422, { error: 'the address is not known' }),
  found: () => answerOf(404, {}),
  verdict: (answer) => ([201, 409].includes(answer.status) ? 'accepted' : verdictByStatus(answer)),
  delivery(reference, happened) {
    const last = happened.at(-1);
    const time = new Date(last?.timeMs ?? 0).toISOString().slice(0, 19).replace('T', ' ');
    return JSON.stringify({ order_id: reference, event_name: last?.code, event_time: time });
  },
};

export const oddpostWire: Wire = {
  shipmentIdOf: (path, body) =>
    body === null
      ? (new URL(path, 'http://oddpost.example').searchParams.get('clientReference') ?? '')
      : JSON.parse(body).consignment.clientReference,
  accepted: (clientReference, consignmentNo) =>
    answerOf(200, { results: [{ clientReference, state: 'BOOKED', consignmentNo }] }),
  repeated: undefined,
  rejected: (clientReference) =>
    answerOf(200, {
      results: [{ clientReference, state: 'REFUSED', code: 'ADDR', text: 'no such address' }],
    }),
  found: (clientReference, consignmentNo) =>
    answerOf(200, {
      consignments: consignmentNo === undefined ? [] : [{ clientReference, consignmentNo, state: 'BOOKED' }],
    }),
  verdict(answer) {
    if (answer.body.includes('"state":"BOOKED"')) return 'accepted';
    return answer.body.includes('"state":"REFUSED"') ? 'rejected' : verdictByStatus(answer);
  },
  delivery: (reference, happened) =>
    JSON.stringify({
      consignmentNo: reference,
      history: happened.map(({ code, timeMs }) => ({ code, at: new Date(timeMs).toISOString() })),
    }),
};
