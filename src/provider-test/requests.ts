import assert from 'node:assert/strict';
import { readRequest } from '../providers/door.ts';
import type { HttpRequest, Provider, ShipmentRequest } from '../providers/provider.ts';
import type { ProviderExamples, RecordedRequest } from './examples.ts';
import type { RuleTable } from './rule.ts';
import { atLargest, longestIds, variations, withOtherService } from './variations.ts';

const TIMES = 20;
const SCRIPTS = ['W', 'Ł', 'ß', '東', '😀', '"', '\\', '&', '<'];
const KEYS = [undefined, 'k', 'user:password', '!"#$%&()*+,-./:;<=>?@[]^_`{|}~', 'x'.repeat(500)];
/** The dispatcher's own. */
const RESERVED_HEADERS = ['host', 'content-length', 'transfer-encoding', 'connection', 'user-agent'];

type Subject = ProviderExamples & { provider: Provider };

/** How a shipment becomes a request. */
export const REQUEST_RULES: RuleTable<Subject> = {
  'the recorded shipment becomes the recorded request': (subject) => {
    const { shipment, request, otherService } = subject;
    assert.deepEqual(made(subject, shipment), request);
    const name = 'otherService, the same on any day';
    assert.deepEqual({ [name]: made(subject, withOtherService(shipment)) }, { [name]: otherService });
  },
  'the same shipment becomes the same bytes, and is left as it was': ({ provider, shipment }) => {
    const given = structuredClone(shipment);
    const first = provider.body(given);
    for (let time = 1; time < TIMES; time += 1) {
      for (const each of [structuredClone(shipment), given]) assert.equal(provider.body(each), first);
    }
    assert.deepEqual(given, shipment);
  },
  'neither the time nor chance is in a request': (subject) => {
    const { largest } = atLargest(subject.shipment, subject.provider.limits, 'W');
    const shipments = [largest, ...variations(subject.shipment).flatMap(([, varied]) => varied)];
    const first = shipments.map((each) => made(subject, each));
    const beganMs = Date.now();
    // All of them again each time, at least until the clock has moved on.
    for (let time = 1; time < TIMES || Date.now() === beganMs; time += 1) {
      for (const [index, each] of shipments.entries()) assert.deepEqual(made(subject, each), first[index]);
    }
  },
  'every part of a shipment reaches the request': (subject) => {
    for (const [part, shipments] of variations(subject.shipment)) {
      const requests = new Set(shipments.map((each) => JSON.stringify(made(subject, each))));
      assert.ok(requests.size === shipments.length, `another ${part} makes no difference`);
    }
  },
  'the longest ids of shipments arrive whole': (subject) => {
    const { shipment, request, texts = stringsOfJson } = subject;
    const recorded = placesOf(shipment.shipmentId, request, texts(request.body));
    assert.ok(recorded.length > 0, "the recorded request does not hold the shipment's id");
    for (const shipmentId of longestIds(subject.provider.limits)) {
      const sent = made(subject, { ...shipment, shipmentId });
      const places = placesOf(shipmentId, sent, texts(sent.body));
      assert.deepEqual(places, recorded, `${shipmentId} is in ${places}, and must be in ${recorded}`);
    }
  },
  'the largest fields arrive whole, in every script': ({ provider, shipment, texts = stringsOfJson }) => {
    for (const character of SCRIPTS) {
      const { largest, texts: given } = atLargest(shipment, provider.limits, character);
      const body = provider.body(largest);
      assert.ok(body.isWellFormed(), 'the body holds half a surrogate pair');
      const sent = texts(body);
      const lost = given.find((text) => !sent.some((each) => each.includes(text)));
      assert.ok(lost === undefined, `${lost} is not in ${body}`);
    }
  },
  'its requests can be sent, with any key and with none': ({ provider, shipment }) => {
    for (const shipmentId of [shipment.shipmentId, ...longestIds(provider.limits)]) {
      for (const apiKey of KEYS) checkRequest(provider.request(shipmentId, { apiKey }));
    }
  },
};

/** Of a copy, so that a provider that changes what it is given does not change the examples. */
function made({ provider, credentials }: Subject, shipment: ShipmentRequest): RecordedRequest {
  const request = provider.request(shipment.shipmentId, credentials);
  return { ...request, body: provider.body(structuredClone(shipment)) };
}

export function checkRequest(request: HttpRequest): void {
  for (const [name, value] of Object.entries(readRequest(request).headers)) {
    assert.ok(/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name), `"${name}" is no name of a header in lower case`);
    assert.ok(!RESERVED_HEADERS.includes(name), `${name} is not the provider's to send`);
    // Not shown: it may hold the key.
    assert.ok(/^[\x20-\x7e]*$/.test(value), `the header ${name} holds what can't be sent`);
  }
}

/** Where in a request a shipment's id stands. */
export function placesOf(
  id: string,
  { path, headers }: HttpRequest,
  texts: readonly string[] = [],
): string[] {
  const places = [['body', ...texts], ['path', path], ...Object.entries(headers)];
  return places.flatMap(([place = '', ...held]) => (held.some((text) => text.includes(id)) ? [place] : []));
}

function stringsOfJson(body: string): string[] {
  try {
    return stringsOf(JSON.parse(body));
  } catch (cause) {
    throw new Error('the body is not JSON: let "texts" in the examples tell which texts it holds', { cause });
  }
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
