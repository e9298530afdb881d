import assert from 'node:assert/strict';
import type { HttpRequest, Provider, ShipmentRequest } from '../providers/provider.ts';
import { underAnotherClock } from './another-clock.ts';
import type { ProviderExamples, Rule } from './examples.ts';
import { atLargest, longestIds, variations } from './variations.ts';

const TIMES = 20;
const SCRIPTS = ['W', 'Ł', 'ß', '東', '😀', '"', '\\', '&', '<'];
const KEYS = [undefined, 'k', 'user:password', '!"#$%&()*+,-./:;<=>?@[]^_`{|}~', 'x'.repeat(500)];
const CLOCKS = [
  [Date.parse('2001-02-03T04:05:06.007Z'), 0.125],
  [Date.parse('2033-11-12T13:14:15.016Z'), 0.875],
] as const;
/** The dispatcher's own. */
const RESERVED_HEADERS = ['host', 'content-length', 'transfer-encoding', 'connection', 'user-agent'];

/** How a shipment becomes a request. */
export function requestRules(
  provider: Provider,
  { shipment, credentials, request, texts = stringsOfJson }: ProviderExamples,
): Rule[] {
  // A copy, so that one that changes what it is given does not change the examples.
  const bodyOf = (each: ShipmentRequest) => provider.body(structuredClone(each));
  const made = (each: ShipmentRequest) => ({
    ...provider.request(each.shipmentId, credentials),
    body: bodyOf(each),
  });
  return [
    {
      name: 'the recorded shipment becomes the recorded request',
      check: () => assert.deepEqual(made(shipment), request),
    },
    {
      name: 'the same shipment becomes the same bytes, and is left as it was',
      check() {
        const given = structuredClone(shipment);
        const first = provider.body(given);
        for (let time = 1; time < TIMES; time += 1) {
          assert.equal(bodyOf(shipment), first);
          assert.equal(provider.body(given), first);
        }
        assert.deepEqual(given, shipment);
      },
    },
    {
      name: 'neither the time nor chance is in a request',
      check() {
        const { largest } = atLargest(shipment, provider.limits, 'W');
        for (const each of [largest, ...variations(shipment).flatMap(([, shipments]) => shipments)]) {
          for (const [nowMs, chance] of CLOCKS) {
            assert.deepEqual(
              underAnotherClock(nowMs, chance, () => made(each)),
              made(each),
            );
          }
        }
      },
    },
    {
      name: 'every part of a shipment reaches the request',
      check() {
        for (const [part, shipments] of variations(shipment)) {
          const requests = shipments.map((each) => JSON.stringify(made(each)));
          const same = requests.find((each, index) => requests.indexOf(each) !== index);
          assert.equal(same, undefined, `another ${part} makes no difference`);
        }
      },
    },
    {
      name: 'the longest ids of shipments arrive whole',
      check() {
        const recorded = placesOf(shipment.shipmentId, request, texts(request.body));
        assert.ok(recorded.length > 0, "the recorded request does not hold the shipment's id");
        for (const shipmentId of longestIds(provider.limits)) {
          const sent = made({ ...shipment, shipmentId });
          assert.deepEqual(
            placesOf(shipmentId, sent, texts(sent.body)),
            recorded,
            `the places of ${shipmentId}`,
          );
        }
      },
    },
    {
      name: 'the largest fields arrive whole, in every script',
      check() {
        for (const character of SCRIPTS) {
          const { largest, texts: given } = atLargest(shipment, provider.limits, character);
          const body = bodyOf(largest);
          assert.ok(body.isWellFormed(), 'the body holds half a surrogate pair');
          const sent = texts(body);
          for (const text of given) {
            assert.ok(
              sent.some((each) => each.includes(text)),
              `${text} is not in ${body}`,
            );
          }
        }
      },
    },
    {
      name: 'its requests can be sent, with any key and with none',
      check() {
        for (const shipmentId of [shipment.shipmentId, ...longestIds(provider.limits)]) {
          for (const apiKey of KEYS) checkRequest(provider.request(shipmentId, { apiKey }));
        }
      },
    },
  ];
}

export function checkRequest({ method, path, headers }: HttpRequest): void {
  assert.ok(['GET', 'POST', 'PUT'].includes(method), `the method ${method}`);
  assert.match(path, /^\/[\x21-\x7e]*$/, 'the path');
  for (const [name, value] of Object.entries(headers)) {
    assert.match(name, /^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'the name of a header');
    assert.ok(!RESERVED_HEADERS.includes(name), `${name} is not the provider's to send`);
    assert.equal(typeof value, 'string', `the header ${name}`);
    // Not shown: it may hold the key.
    assert.ok(/^[\x20-\x7e]*$/.test(value), `the header ${name} holds what can't be sent`);
  }
}

/** Where in a request a shipment's id stands. */
export function placesOf(
  shipmentId: string,
  { path, headers }: HttpRequest,
  texts: readonly string[] = [],
): string[] {
  return [
    ...(texts.some((text) => text.includes(shipmentId)) ? ['body'] : []),
    ...(path.includes(shipmentId) ? ['path'] : []),
    ...Object.keys(headers).filter((name) => headers[name]?.includes(shipmentId)),
  ];
}

function stringsOfJson(body: string): string[] {
  try {
    return [...stringsOf(JSON.parse(body))];
  } catch (cause) {
    throw new Error('the body is not JSON: let "texts" in the examples tell which texts it holds', { cause });
  }
}

function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const part of Object.values(value)) yield* stringsOf(part);
}
