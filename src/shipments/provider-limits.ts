import type { Problem } from '../errors.ts';
import {
  type FieldLimits,
  LIMITED_FIELDS,
  type Provider,
  type ShipmentRequest,
} from '../providers/provider.ts';
import { correctedShipmentId } from './shipment-id.ts';

/** A shipment, or an order that will become shipments. */
type Limited = Pick<ShipmentRequest, 'deliveryAddress' | 'items'> &
  ({ shipmentId: string } | { orderId: string });

/** The texts in each field, by the paths that they have in a seed file. */
const TEXTS: Record<keyof FieldLimits, (of: Limited) => readonly [path: string, text: string][]> = {
  shipmentId: (of) => [['order_id', 'shipmentId' in of ? of.shipmentId : theLongestShipmentId(of.orderId)]],
  recipient: ({ deliveryAddress: to }) => [['delivery_address.recipient', to.recipient]],
  line1: ({ deliveryAddress: to }) => [['delivery_address.line_1', to.line1]],
  line2: ({ deliveryAddress: to }) => [['delivery_address.line_2', to.line2]],
  city: ({ deliveryAddress: to }) => [['delivery_address.city', to.city]],
  postcode: ({ deliveryAddress: to }) => [['delivery_address.postcode', to.postcode]],
  itemId: ({ items }) => items.map(({ itemId }, index) => [`items[${index}].item_id`, itemId]),
};

/** What of a shipment is too long for its provider's fields, by the path that it has in a seed file. */
export function findExcess({ name, limits }: Pick<Provider, 'name' | 'limits'>, of: Limited): Problem[] {
  const problems: Problem[] = [];
  for (const field of LIMITED_FIELDS) {
    const limit = limits[field];
    if (limit === undefined) continue;
    for (const [path, text] of TEXTS[field](of)) {
      // The first comparison only keeps the second from splitting every text into characters.
      const length = text.length <= limit ? 0 : [...text].length;
      if (length <= limit) continue;
      const has = field === 'shipmentId' ? 'makes a shipment id of' : 'has';
      problems.push({ path, message: `${has} ${length} characters, and ${name} takes ${limit}` });
    }
  }
  return problems;
}

/** None becomes longer: it has a date, and more editions than anyone retries. */
function theLongestShipmentId(orderId: string): string {
  return correctedShipmentId(orderId, '2026-05-29', 99);
}
