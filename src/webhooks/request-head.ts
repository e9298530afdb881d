import { type Access, type BodyCheck, checkAccess } from './access.ts';
import { type Refusal, refuse } from './refusal.ts';
import type { Headers } from './signature.ts';

export const MAX_BODY_BYTES = 64 * 1024;

/** What a path is for. */
export type Target =
  | { kind: 'live' }
  | { kind: 'ready' }
  | { kind: 'delivery'; provider: string; access: Access };

/** By the path as it stands in the request line: a URL parser would let other spellings through. */
export type Targets = ReadonlyMap<string, Target>;

export interface RequestHead {
  method: string | undefined;
  url: string | undefined;
  headers: Headers;
  /** The address that the connection comes from. */
  peer: string | undefined;
}

export type Admission =
  | { kind: 'live' }
  | { kind: 'ready' }
  | { kind: 'delivery'; provider: string; checkBody: BodyCheck };

export function createTargets(access: ReadonlyMap<string, Access>): Targets {
  return new Map<string, Target>([
    ['/livez', { kind: 'live' }],
    ['/readyz', { kind: 'ready' }],
    ...[...access].map(([provider, access]): [string, Target] => [
      `/webhooks/${provider}`,
      { kind: 'delivery', provider, access },
    ]),
  ]);
}

/** Everything that can be refused before a byte of the body is read, the cheapest checks first. */
export function checkHead(head: RequestHead, targets: Targets): Refusal | Admission {
  const { headers } = head;
  if (headers.host?.length !== 1) {
    return refuse(400, 'host', 'The request must have exactly one Host header.');
  }
  const target = targets.get(head.url ?? '');
  if (!target) return refuse(404, 'path', 'There is nothing at this path.');
  const methods = target.kind === 'delivery' ? ['POST'] : ['GET', 'HEAD'];
  if (!methods.includes(head.method ?? '')) {
    const allow = methods.join(', ');
    return refuse(405, 'method', `This path takes ${allow} only.`, { headers: { allow } });
  }
  if (target.kind !== 'delivery') return target;
  const refusal = checkContent(headers);
  if (refusal) return refusal;
  const access = checkAccess(target.access, headers, head.peer);
  if (access.kind === 'refused') return access;
  return { kind: 'delivery', provider: target.provider, checkBody: access.check };
}

export function tooLarge(): Refusal {
  return refuse(413, 'body_size', `The body must not be longer than ${MAX_BODY_BYTES} bytes.`);
}

function checkContent(headers: Headers): Refusal | undefined {
  const encoded =
    headers['transfer-encoding']?.some((value) => value.toLowerCase() !== 'chunked') ||
    headers['content-encoding']?.some((value) => value.toLowerCase() !== 'identity');
  if (encoded) return refuse(415, 'encoding', 'The body must not be compressed.');
  const [type, ...more] = headers['content-type'] ?? [];
  if (type === undefined || more.length > 0 || !isJson(type)) {
    return refuse(415, 'content_type', 'The body must be application/json, in UTF-8.');
  }
  return Number(headers['content-length']?.[0] ?? 0) > MAX_BODY_BYTES ? tooLarge() : undefined;
}

function isJson(contentType: string): boolean {
  return /^application\/json[ \t]*(?:;[ \t]*charset="?utf-8"?[ \t]*)?$/i.test(contentType);
}
