import type { ShipmentRequest } from '../../src/providers/provider.ts';

/** A valid customer order as a seed file holds it: the brief's example, weekly. */
export function anOrder(overrides: Record<string, unknown> = {}) {
  return {
    order_id: 'co-1',
    shipping_interval: 'weekly',
    delivery_service: 'standard',
    items: [anItem()],
    delivery_address: anAddress(),
    ...overrides,
  };
}

export function anItem(overrides: Record<string, unknown> = {}) {
  return { item_id: 'it-1', quantity: 2, weight: 10, ...overrides };
}

export function anAddress(overrides: Record<string, unknown> = {}) {
  return {
    recipient: 'John Doe',
    line_1: 'The battleship building',
    line_2: '179 harrow road',
    city: 'London',
    postcode: 'W2 6NB',
    country: 'GB',
    ...overrides,
  };
}

/** The first shipment of the brief's example, as providers get to see it. */
export function aShipment(overrides: Partial<ShipmentRequest> = {}): ShipmentRequest {
  return {
    shipmentId: 'co-1',
    deliveryService: 'standard',
    items: [{ itemId: 'it-1', quantity: 2, weightGrams: 10 }],
    deliveryAddress: {
      recipient: 'John Doe',
      line1: 'The battleship building',
      line2: '179 harrow road',
      city: 'London',
      postcode: 'W2 6NB',
      country: 'GB',
    },
    ...overrides,
  };
}
