// biome-ignore-all lint/performance/noBarrelFile: what a provider from outside is made of, as `shipctl/provider`.
export { parseEventTime } from './providers/event-time.ts';
export { excerpt } from './providers/excerpt.ts';
export { fieldsOf, isName, parseJson } from './providers/json.ts';
export { outcomeByStatus } from './providers/outcome.ts';
export type * from './providers/provider.ts';
export { hmacHeader } from './providers/signature/hmac-header.ts';
export {
  onlyValue,
  type ReceivedHeaders,
  readTextKey,
  type SignatureClaim,
  type SignatureScheme,
} from './providers/signature/scheme.ts';
export { standardWebhooks } from './providers/signature/standard-webhooks.ts';
export { staticToken } from './providers/signature/static-token.ts';
export type { DeliveryService, EventName } from './vocabulary.ts';
