import { excerpt } from './excerpt.ts';
import { fieldsOf, isName, parseJson } from './json.ts';
import { oddpostWebhook } from './oddpost-events.ts';
import { outcomeByStatus } from './outcome.ts';
import type { Credentials, HttpAnswer, LookUp, Outcome, Provider, ShipmentRequest } from './provider.ts';

const PATH = '/v2/consignments';

/**
 * A provider that differs from `fictional` wherever it can: it books the same order twice if it is sent twice, answers
 * 200 to whatever happens, and names parcels by numbers of its own.
 */
export const oddpost = {
  name: 'oddpost',
  defaultUrl: 'http://127.0.0.1:9091',
  timezone: 'Europe/Berlin',
  limits: { recipient: 30, line1: 30, line2: 30, city: 30, postcode: 10, itemId: 30 },
  // What it has taken in it books within half a minute, whatever has become of the connection.
  repeatedOrders: { kind: 'look-up', settleSeconds: 30, request: lookUpRequest, reading: readLookUp },
  body: (shipment) => JSON.stringify({ consignment: consignment(shipment) }),
  request: (_shipmentId, credentials) => ({
    method: 'POST',
    path: PATH,
    headers: { 'content-type': 'application/json', ...authorization(credentials) },
  }),
  outcome,
  webhook: oddpostWebhook,
} satisfies Provider;

function consignment({ shipmentId, deliveryService, items, deliveryAddress }: ShipmentRequest) {
  const { recipient, line1, line2, city, postcode, country } = deliveryAddress;
  return {
    clientReference: shipmentId,
    serviceCode: deliveryService === 'express' ? 'EXP' : 'STD',
    recipientName: recipient,
    address: {
      lines: line2 === '' ? [line1] : [line1, line2],
      town: city,
      postCode: postcode,
      countryCode: country,
    },
    parcels: items.map((item) => ({
      sku: item.itemId,
      pieces: item.quantity,
      unitWeightKg: item.weightGrams / 1000,
    })),
  };
}

/** The key is `user:password`. */
function authorization({ apiKey }: Credentials): Record<string, string> {
  return apiKey === undefined ? {} : { authorization: `Basic ${Buffer.from(apiKey).toString('base64')}` };
}

function outcome(answer: HttpAnswer, nowMs: number, shipmentId: string): Outcome {
  const byStatus = outcomeByStatus(answer, nowMs);
  if (byStatus.kind !== 'accepted') return byStatus;
  const { status: httpStatus } = answer;
  const results = fieldsOf(parseJson(answer.body)).get('results');
  const [result, ...others] = Array.isArray(results) ? results.map(fieldsOf) : [];
  if (!result || others.length > 0 || !isAbout(result, shipmentId)) return notUnderstood(answer);
  const said = ['state', 'code', 'text'].map((name) => result.get(name));
  const message = excerpt(said.filter((part) => typeof part === 'string').join(' '));
  switch (result.get('state')) {
    case 'BOOKED': {
      const trackingNumber = consignmentNo(result);
      // Without it nothing that is told of the parcel could be joined to it; asked again, it may say.
      return trackingNumber === undefined
        ? notUnderstood(answer)
        : { kind: 'accepted', httpStatus, trackingNumber };
    }
    case 'REFUSED':
      return { kind: 'rejected', httpStatus, message };
    case 'TRY_LATER':
      return { kind: 'unsent', message };
    default:
      return notUnderstood(answer);
  }
}

function lookUpRequest(shipmentId: string, credentials: Credentials) {
  return {
    method: 'GET',
    path: `${PATH}?clientReference=${encodeURIComponent(shipmentId)}`,
    headers: authorization(credentials),
  } as const;
}

function readLookUp(answer: HttpAnswer, shipmentId: string): ReturnType<LookUp['reading']> {
  const list = fieldsOf(parseJson(answer.body)).get('consignments');
  if (answer.status !== 200 || !Array.isArray(list)) return { kind: 'unclear' };
  if (list.length === 0) return { kind: 'has-it-not' };
  const [trackingNumber] = list
    .map(fieldsOf)
    .filter((entry) => isAbout(entry, shipmentId) && entry.get('state') === 'BOOKED')
    .flatMap((entry) => consignmentNo(entry) ?? []);
  return trackingNumber === undefined ? { kind: 'unclear' } : { kind: 'has-it', trackingNumber };
}

function isAbout(entry: ReadonlyMap<string, unknown>, shipmentId: string): boolean {
  return entry.get('clientReference') === shipmentId;
}

function consignmentNo(entry: ReadonlyMap<string, unknown>): string | undefined {
  const value = entry.get('consignmentNo');
  return isName(value) ? value : undefined;
}

function notUnderstood({ status, body }: HttpAnswer): Outcome {
  const message = `HTTP ${status}, which does not say what became of the order: ${excerpt(body)}`;
  return { kind: 'unanswered', httpStatus: status, message };
}
