import assert from 'node:assert/strict';
import type { FieldLimits, HttpRequest, Provider, ShipmentRequest } from '../providers/provider.ts';
import type { ProviderExamples, Rule } from './examples.ts';

const TIMES = 20;
const LONGEST = 35;
const SCRIPTS = ['W', 'Ł', 'ß', '東', '😀', '"', '\\', '&', '<'];
const KEYS = [undefined, 'k', 'user:password', '!"#$%&()*+,-./:;<=>?@[]^_`{|}~', 'x'.repeat(500)];
const SHIPMENT_IDS = ['co-1', 'co-1.20260529', `co_${'9'.repeat(23)}.20260529`];
const FIELDS: readonly (keyof FieldLimits)[] = ['itemId', 'recipient', 'line1', 'line2', 'city', 'postcode'];
/** The dispatcher's own. */
const RESERVED_HEADERS = ['host', 'content-length', 'transfer-encoding', 'connection', 'user-agent'];

/** How a shipment becomes a request. */
export function requestRules(
  provider: Provider,
  { shipment, credentials, request }: ProviderExamples,
): Rule[] {
  // A copy, so that one that changes what it is given does not change the examples.
  const bodyOf = (each: ShipmentRequest) => provider.body(structuredClone(each));
  return [
    {
      name: 'the recorded shipment becomes the recorded request',
      check() {
        const made = provider.request(shipment.shipmentId, credentials);
        assert.deepEqual({ ...made, body: bodyOf(shipment) }, request);
      },
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
      name: 'every part of a shipment reaches the request',
      check() {
        const made = (each: ShipmentRequest) => [
          bodyOf(each),
          provider.request(each.shipmentId, credentials),
        ];
        for (const [part, other] of variations(shipment)) {
          assert.notDeepEqual(made(other), made(shipment), `another ${part} makes no difference`);
        }
      },
    },
    {
      name: 'the largest fields arrive whole, in every script',
      check() {
        for (const character of SCRIPTS) {
          const { largest, texts } = atLargest(shipment, provider.limits, character);
          const body = bodyOf(largest);
          assert.ok(body.isWellFormed(), 'the body holds half a surrogate pair');
          const sent = [...stringsOf(JSON.parse(body))];
          for (const text of texts) {
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
        for (const shipmentId of SHIPMENT_IDS) {
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

function variations(shipment: ShipmentRequest): [part: string, ShipmentRequest][] {
  const { deliveryAddress, items } = shipment;
  const [first = { itemId: 'it-1', quantity: 1, weightGrams: 1 }, ...others] = items;
  const item = (changed: Partial<typeof first>) => ({
    ...shipment,
    items: [{ ...first, ...changed }, ...others],
  });
  const address = (changed: Partial<typeof deliveryAddress>) => ({
    ...shipment,
    deliveryAddress: { ...deliveryAddress, ...changed },
  });
  const deliveryService = shipment.deliveryService === 'standard' ? 'express' : 'standard';
  return [
    ['shipmentId', { ...shipment, shipmentId: 'another' }],
    ['deliveryService', { ...shipment, deliveryService }],
    ['itemId', item({ itemId: 'another' })],
    ['quantity', item({ quantity: first.quantity + 1 })],
    ['weight', item({ weightGrams: first.weightGrams + 1 })],
    ['second item', { ...shipment, items: [...items, { itemId: 'another', quantity: 1, weightGrams: 1 }] }],
    ['recipient', address({ recipient: 'Another' })],
    ['line1', address({ line1: 'Another' })],
    ['line2', address({ line2: deliveryAddress.line2 === '' ? 'Another' : '' })],
    ['city', address({ city: 'Another' })],
    ['postcode', address({ postcode: 'AN0 THR' })],
    ['country', address({ country: deliveryAddress.country === 'GB' ? 'IE' : 'GB' })],
  ];
}

function atLargest(shipment: ShipmentRequest, limits: FieldLimits, character: string) {
  // The first character tells the fields apart.
  const text = (field: keyof FieldLimits) =>
    FIELDS.indexOf(field) + character.repeat((limits[field] ?? LONGEST) - 1);
  const largest: ShipmentRequest = {
    ...shipment,
    items: shipment.items.map((item) => ({ ...item, itemId: text('itemId') })),
    deliveryAddress: {
      recipient: text('recipient'),
      line1: text('line1'),
      line2: text('line2'),
      city: text('city'),
      postcode: text('postcode'),
      country: shipment.deliveryAddress.country,
    },
  };
  return { largest, texts: FIELDS.map(text) };
}

function* stringsOf(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const part of Object.values(value)) yield* stringsOf(part);
}
