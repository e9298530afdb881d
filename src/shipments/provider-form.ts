import { printable } from '../log.ts';
import type { StoredOrder } from '../orders/queries.ts';
import { isStorable, kindOf, reasonOf } from '../providers/door.ts';
import { excerpt } from '../providers/excerpt.ts';
import type { Provider, ShipmentRequest } from '../providers/provider.ts';
import { findExcess } from './provider-limits.ts';

/** What is stored of a shipment for its provider. */
export interface ProviderForm {
  provider: string;
  tracked_by_number: 0 | 1;
  body: string;
  order_version: number;
}

/**
 * @param orderVersion - of the order that the request is made of.
 * @throws Error where the provider's code can't make a body of it.
 */
function providerForm(provider: Provider, request: ShipmentRequest, orderVersion: number): ProviderForm {
  return {
    provider: provider.name,
    order_version: orderVersion,
    tracked_by_number: tracksByNumber(provider),
    body: bodyOf(provider, request),
  };
}

/** What is stored for its provider of an order as it is now, or why that can't be. */
export function formOrProblem(
  providers: ReadonlyMap<string, Provider>,
  order: StoredOrder,
  shipmentId: string,
): ProviderForm | { problem: string } {
  const provider = providers.get(order.provider);
  if (!provider) return { problem: `its order's provider ${order.provider} is not known here` };
  const request = { ...order, shipmentId };
  const [excess] = findExcess(provider, request);
  if (excess) return { problem: `${excess.path} ${excess.message}` };
  try {
    return providerForm(provider, request, order.version);
  } catch (error) {
    return { problem: printable(error instanceof Error ? error.message : String(error)) };
  }
}

/** Whether the provider's events name a shipment by its tracking number, as the column of that name has it. */
export function tracksByNumber({ webhook }: Provider): 0 | 1 {
  return webhook?.tracks === 'tracking-number' ? 1 : 0;
}

/**
 * What is stored is what is sent, also the first time.
 * @throws Error where the provider's code can't make it, or makes what the database would not give back as it is.
 */
export function bodyOf(provider: Provider, request: ShipmentRequest): string {
  let body: unknown;
  try {
    body = provider.body(request);
  } catch (cause) {
    throw new Error(`provider ${provider.name} can not make a body of it: ${excerpt(reasonOf(cause))}`, {
      cause,
    });
  }
  if (typeof body !== 'string')
    throw new Error(`provider ${provider.name} made no text of it but ${kindOf(body)}`);
  if (isStorable(body)) return body;
  const what = body.isWellFormed() ? 'a NUL character' : 'half of a surrogate pair';
  throw new Error(`provider ${provider.name} made a body of it that holds ${what}`);
}
