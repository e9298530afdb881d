import type { ReceivedHeaders, SignatureClaim, SignatureScheme } from '../providers/signature/scheme.ts';
import type { Keyring } from './keyring.ts';
import { whyNotLocal } from './local-request.ts';
import { type Refusal, unauthorized } from './refusal.ts';

/** How far the time of a signature may lie from ours, to either side: what Standard Webhooks recommends. */
const TOLERANCE_MS = 5 * 60 * 1000;

/** Who may deliver a provider's events: whoever has one of its keys, or without one programs on this machine. */
export type Access = { kind: 'signed'; scheme: SignatureScheme; keyring: Keyring } | { kind: 'local' };

/** What a body's bytes were found to be. */
export type BodyCheck =
  | Refusal
  | {
      kind: 'verified';
      /** The position of the key that matched; undefined where nothing is signed. */
      key?: number;
    };

/**
 * Refuses what can be refused before the body is there.
 * @param peer - the address that the connection comes from.
 */
export function checkAccess(
  access: Access,
  headers: ReceivedHeaders,
  { peer, httpVersion, nowMs }: { peer: string | undefined; httpVersion: string; nowMs: number },
): Refusal | { kind: 'body'; check: (body: Uint8Array, nowMs: number) => BodyCheck } {
  if (access.kind === 'local') {
    const reason = whyNotLocal(headers, peer, httpVersion);
    return reason ? unauthorized(reason) : { kind: 'body', check: () => ({ kind: 'verified' }) };
  }
  const claim = access.scheme.readClaim(headers);
  if (!claim) return unauthorized('signature_missing');
  // Nothing is proved yet, but that time would not do: no need to read a body for it.
  if (isTooFar(claim, nowMs)) return unauthorized('timestamp_too_far');
  return { kind: 'body', check: (body, readMs) => verify(claim, body, access.keyring.keys(), readMs) };
}

/** Whether the claim was made by the holder of one of the keys, about these bytes, and lately. */
export function verify(
  claim: SignatureClaim,
  body: Uint8Array,
  keys: readonly Uint8Array[],
  nowMs: number,
): BodyCheck {
  const key = keys.map((each) => claim.isBy(each, body)).indexOf(true);
  if (key === -1) return unauthorized('signature_mismatch');
  if (isTooFar(claim, nowMs)) return unauthorized('timestamp_too_far');
  return { kind: 'verified', key };
}

function isTooFar({ signedAtMs }: SignatureClaim, nowMs: number): boolean {
  return signedAtMs !== undefined && Math.abs(nowMs - signedAtMs) > TOLERANCE_MS;
}
