import { whyNotLocal } from './local-request.ts';
import { type Refusal, unauthorized } from './refusal.ts';
import { type Headers, readSignatureHeaders, verifySignature } from './signature.ts';

/** Who may deliver a provider's events: whoever has one of its keys, or without one programs on this machine. */
export type Access = { kind: 'signed'; keys: readonly Uint8Array[] } | { kind: 'local' };

/** Looks at a body's bytes, once they are there. */
export type BodyCheck = (body: Uint8Array, nowMs: number) => Refusal | undefined;

/**
 * Refuses what can be refused before the body is there.
 * @param peer - the address that the connection comes from.
 */
export function checkAccess(
  access: Access,
  headers: Headers,
  peer: string | undefined,
): Refusal | { kind: 'body'; check: BodyCheck } {
  if (access.kind === 'local') {
    const reason = whyNotLocal(headers, peer);
    return reason ? unauthorized(reason) : { kind: 'body', check: () => undefined };
  }
  const signature = readSignatureHeaders(headers);
  if (!signature) return unauthorized('signature_missing');
  return {
    kind: 'body',
    check: (body, nowMs) => {
      const verification = verifySignature(signature, body, access.keys, nowMs);
      return verification.kind === 'refused' ? unauthorized(verification.reason) : undefined;
    },
  };
}
