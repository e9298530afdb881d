import { outcomeByStatus } from './outcome.ts';
import type { HttpAnswer, Outcome, Provider, ShipmentRequest } from './provider.ts';

/** The provider of the brief: JSON in, tracking events back. It recognises an order that is sent again. */
export const fictional: Provider = {
  name: 'fictional',
  defaultUrl: 'http://127.0.0.1:9090',
  body: (shipment) => JSON.stringify(orderJson(shipment)),
  request: (shipmentId, { apiKey }) => ({
    method: 'POST',
    path: '/orders',
    headers: {
      'content-type': 'application/json',
      // A structured-field string, hence the quotes; shipment ids hold no character that needs escaping.
      'idempotency-key': `"${shipmentId}"`,
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
    },
  }),
  outcome,
  readDelivery: () => {
    throw new Error('not written yet');
  },
};

function orderJson({ shipmentId, deliveryService, items, deliveryAddress }: ShipmentRequest) {
  return {
    order_id: shipmentId,
    delivery_service: deliveryService,
    items: items.map((item) => ({ item_id: item.itemId, quantity: item.quantity, weight: item.weightGrams })),
    delivery_address: {
      recipient: deliveryAddress.recipient,
      line_1: deliveryAddress.line1,
      line_2: deliveryAddress.line2,
      city: deliveryAddress.city,
      postcode: deliveryAddress.postcode,
      country: deliveryAddress.country,
    },
  };
}

function outcome(answer: HttpAnswer, nowMs: number): Outcome {
  // It knows this order_id already: an earlier attempt arrived although its answer did not.
  if (answer.status === 409) return { kind: 'accepted', httpStatus: 409 };
  return outcomeByStatus(answer, nowMs);
}
