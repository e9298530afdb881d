import {
  type FieldLimits,
  LIMITED_FIELDS,
  MAX_FIELD_LENGTH,
  type ShipmentRequest,
} from '../providers/provider.ts';

const ID_CHARACTERS = 'Co-7_aB'.repeat(5);
const TEXT_FIELDS = LIMITED_FIELDS.filter((field) => field !== 'shipmentId');
/** On both sides of where numbers are often cut. */
const QUANTITIES = [1, 9, 10, 99, 100, 255, 256, 999, 1_000, 9_998, 9_999];
const WEIGHTS = [
  1, 10, 255, 256, 368, 999, 1_000, 1_001, 4_464, 9_999, 10_000, 65_535, 65_536, 69_999, 70_000,
];

/** Shipments that differ in one part each, no two of which may become the same request. */
export function variations(
  shipment: ShipmentRequest,
): readonly (readonly [part: string, shipments: readonly ShipmentRequest[]])[] {
  const { deliveryAddress } = shipment;
  const [first = { itemId: 'it-1', quantity: 1, weightGrams: 1 }, ...others] = shipment.items;
  const withItems = (items: ShipmentRequest['items']) => ({ ...shipment, items });
  const withFirst = (changed: Partial<typeof first>) => withItems([{ ...first, ...changed }, ...others]);
  const withAddress = (changed: Partial<typeof deliveryAddress>) => [
    shipment,
    { ...shipment, deliveryAddress: { ...deliveryAddress, ...changed } },
  ];
  const items = Array.from({ length: 5 }, (_, index) => ({ ...first, itemId: `it-${index}` }));
  return [
    ['shipmentId', [shipment, { ...shipment, shipmentId: 'another' }]],
    [
      'deliveryService',
      [
        { ...shipment, deliveryService: 'standard' },
        { ...shipment, deliveryService: 'express' },
      ],
    ],
    ['itemId', [shipment, withFirst({ itemId: 'another' })]],
    ['quantity', QUANTITIES.map((quantity) => withFirst({ quantity }))],
    ['weight', WEIGHTS.map((weightGrams) => withFirst({ weightGrams }))],
    [
      'number of items',
      [
        ...items.map((_, index) => withItems(items.slice(0, index + 1))),
        withItems(items.with(4, { ...first, itemId: 'another' })),
      ],
    ],
    ['recipient', withAddress({ recipient: 'Another' })],
    ['line1', withAddress({ line1: 'Another' })],
    ['line2', withAddress({ line2: deliveryAddress.line2 === '' ? 'Another' : '' })],
    ['city', withAddress({ city: 'Another' })],
    ['postcode', withAddress({ postcode: 'AN0 THR' })],
    ['country', withAddress({ country: deliveryAddress.country === 'GB' ? 'IE' : 'GB' })],
  ];
}

/** The longest ids of shipments that the provider takes: two that differ in the last character, two in the date. */
export function longestIds({ shipmentId: limit = MAX_FIELD_LENGTH }: FieldLimits): readonly string[] {
  const dates = ['.20260529', '.20260605'];
  return ['x', 'X', ...dates]
    .filter((end) => end.length < limit)
    .map((end) => ID_CHARACTERS.slice(0, limit - end.length) + end);
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
