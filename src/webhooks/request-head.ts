import type { ReceivedHeaders } from '../providers/signature/scheme.ts';
import { type BodyCheck, checkAccess } from './access.ts';
import { notFound, type Refusal, refuse } from './refusal.ts';
import type { Source } from './sources.ts';

export const MAX_BODY_BYTES = 64 * 1024;

/** What a path is for. */
export type Target =
  | { kind: 'live' }
  | { kind: 'ready' }
  | { kind: 'metrics' }
  | { kind: 'delivery'; source: Source };

/** By the path as it stands in the request line: a URL parser would let other spellings through. */
export type Targets = ReadonlyMap<string, Target>;

export interface RequestHead {
  method: string | undefined;
  headers: ReceivedHeaders;
  /** The address that the connection comes from. */
  peer: string | undefined;
  httpVersion: string;
  nowMs: number;
}

/** A request whose body may be read. */
export interface DeliveryAdmission {
  kind: 'delivery';
  source: Source;
  checkBody: (body: Uint8Array, nowMs: number) => BodyCheck;
}

/** Where each provider delivers its events. */
export function deliveryTargets(sources: ReadonlyMap<string, Source>): Targets {
  return new Map([...sources].map(([name, source]) => [`/webhooks/${name}`, { kind: 'delivery', source }]));
}

/** What those who run the receiver ask of it. */
export function operationTargets(): Targets {
  return new Map([
    ['/livez', { kind: 'live' }],
    ['/readyz', { kind: 'ready' }],
    ['/metrics', { kind: 'metrics' }],
  ]);
}

/**
 * Everything that can be refused before a byte of the body is read, the cheapest checks first.
 * @param target - what there is at the request's path.
 */
export function checkHead(
  { method = '', headers, ...from }: RequestHead,
  target: Target | undefined,
): Refusal | Exclude<Target, { kind: 'delivery' }> | DeliveryAdmission {
  if (headers.host?.length !== 1) {
    return refuse(400, 'host', 'The request must have exactly one Host header.');
  }
  if (!target) return notFound();
  const methods = target.kind === 'delivery' ? ['POST'] : ['GET', 'HEAD'];
  if (!methods.includes(method)) {
    const allow = methods.join(', ');
    return refuse(405, 'method', `This path takes ${allow} only.`, { headers: { allow } });
  }
  if (target.kind !== 'delivery') return target;
  const refusal = checkContent(headers);
  if (refusal) return refusal;
  const access = checkAccess(target.source.access, headers, from);
  if (access.kind === 'refused') return access;
  return { kind: 'delivery', source: target.source, checkBody: access.check };
}

export function tooLarge(): Refusal {
  return refuse(413, 'body_size', `The body must not be longer than ${MAX_BODY_BYTES} bytes.`);
}

function checkContent(headers: ReceivedHeaders): Refusal | undefined {
  if (!isOnly(headers['transfer-encoding'], 'chunked') || !isOnly(headers['content-encoding'], 'identity')) {
    return refuse(415, 'encoding', 'The body must not be compressed.');
  }
  const [type = '', ...more] = headers['content-type'] ?? [];
  if (more.length > 0 || !/^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(type)) {
    return refuse(415, 'content_type', 'The body must be application/json, in UTF-8.');
  }
  return Number(headers['content-length']?.[0] ?? 0) > MAX_BODY_BYTES ? tooLarge() : undefined;
}

function isOnly(values: readonly string[] | undefined, expected: string): boolean {
  return values === undefined || (values.length === 1 && values[0]?.toLowerCase() === expected);
}
