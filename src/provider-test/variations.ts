import {
  type FieldLimits,
  LIMITED_FIELDS,
  MAX_FIELD_LENGTH,
  type ShipmentRequest,
} from '../providers/provider.ts';

const ID_CHARACTERS = 'Co-7_aB'.repeat(5);
/** The last characters of ids: two that differ by a capital, and two dates. */
const ID_ENDS = ['x', 'X', '.20260529', '.20260605'];
const TEXT_FIELDS = LIMITED_FIELDS.filter((field) => field !== 'shipmentId');
/** On both sides of where numbers are often cut. */
const QUANTITIES = [1, 9, 10, 99, 100, 255, 256, 999, 1_000, 9_998, 9_999];
const GRAMS = [1, 10, 255, 256, 368, 999, 1_000, 1_001, 4_464, 9_999, 10_000, 65_535, 65_536, 69_999, 70_000];

/** Shipments that differ in one part each, no two of which may become the same request. */
export function variations(
  shipment: ShipmentRequest,
): (readonly [part: string, readonly ShipmentRequest[]])[] {
  const { deliveryAddress: address } = shipment;
  const [first = { itemId: 'it-1', quantity: 1, weightGrams: 1 }, ...others] = shipment.items;
  const withItems = (items: ShipmentRequest['items']) => ({ ...shipment, items });
  const withFirst = (changed: Partial<typeof first>) => withItems([{ ...first, ...changed }, ...others]);
  const items = Array.from({ length: 5 }, (_, index) => ({ ...first, itemId: `it-${index}` }));
  const lists = [
    ...items.map((_, index) => items.slice(0, index + 1)),
    items.with(4, { ...first, itemId: 'x' }),
  ];
  const addresses = {
    recipient: 'Another',
    line1: 'Another',
    line2: address.line2 === '' ? 'Another' : '',
    city: 'Another',
    postcode: 'AN0 THR',
    country: address.country === 'GB' ? 'IE' : 'GB',
  };
  return [
    ['shipmentId', [shipment, { ...shipment, shipmentId: 'another' }]],
    ['deliveryService', [shipment, withOtherService(shipment)]],
    ['itemId', [shipment, withFirst({ itemId: 'another' })]],
    ['quantity', QUANTITIES.map((quantity) => withFirst({ quantity }))],
    ['weight', GRAMS.map((weightGrams) => withFirst({ weightGrams }))],
    ['number of items', lists.map(withItems)],
    ...Object.entries(addresses).map(
      ([field, text]) =>
        [field, [shipment, { ...shipment, deliveryAddress: { ...address, [field]: text } }]] as const,
    ),
  ];
}

export function withOtherService(shipment: ShipmentRequest): ShipmentRequest {
  return { ...shipment, deliveryService: shipment.deliveryService === 'express' ? 'standard' : 'express' };
}

/** The longest ids of shipments that the provider takes. */
export function longestIds({ shipmentId: limit = MAX_FIELD_LENGTH }: FieldLimits): string[] {
  const ends = ID_ENDS.filter((end) => end.length < limit);
  return ends.map((end) => ID_CHARACTERS.slice(0, limit - end.length) + end);
}

/** The shipment with each of its texts as long as it may be, and these texts. */
export function atLargest(shipment: ShipmentRequest, limits: FieldLimits, character: string) {
  // The first character tells the fields apart.
  const text = (field: (typeof TEXT_FIELDS)[number]) =>
    TEXT_FIELDS.indexOf(field) + character.repeat((limits[field] ?? MAX_FIELD_LENGTH) - 1);
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
  return { largest, texts: TEXT_FIELDS.map(text) };
}
