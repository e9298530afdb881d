import type { Problem } from '../errors.ts';
import type { FieldLimits, Provider, ShipmentRequest } from './provider.ts';

/** The fields of an address, as seed files call them. */
const ADDRESS_PATHS = {
  recipient: 'recipient',
  line1: 'line_1',
  line2: 'line_2',
  city: 'city',
  postcode: 'postcode',
} as const satisfies Record<Exclude<keyof FieldLimits, 'itemId'>, string>;

/** What of a shipment is too long for its provider's fields, by the path that it has in a seed file. */
export function findExcess(
  { name, limits }: Pick<Provider, 'name' | 'limits'>,
  { deliveryAddress, items }: Pick<ShipmentRequest, 'deliveryAddress' | 'items'>,
): Problem[] {
  const problems: Problem[] = [];
  const check = (path: string, value: string, limit: number | undefined) => {
    // The first comparison only keeps the second from splitting every text into characters.
    if (limit === undefined || value.length <= limit) return;
    const { length } = [...value];
    if (length > limit)
      problems.push({ path, message: `has ${length} characters, and ${name} takes ${limit}` });
  };
  for (const field of ['recipient', 'line1', 'line2', 'city', 'postcode'] as const) {
    check(`delivery_address.${ADDRESS_PATHS[field]}`, deliveryAddress[field], limits[field]);
  }
  if (limits.itemId !== undefined) {
    for (const [index, { itemId }] of items.entries())
      check(`items[${index}].item_id`, itemId, limits.itemId);
  }
  return problems;
}
