import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signatures by Standard Webhooks 1.0.0, symmetric scheme `v1` (https://www.standardwebhooks.com). */

const TOLERANCE_MS = 5 * 60 * 1000;
const MIN_KEY_BYTES = 24;
const SECRET_PREFIX = 'whsec_';

/** The headers as received, each value of each name by itself. */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>;

export interface SignatureHeaders {
  id: string;
  /** Seconds since the epoch, as received: this text is what was signed. */
  timestamp: string;
  /** The `v1` signatures, in base64. */
  signatures: readonly string[];
}

export type Verification =
  /** `key` is the position of the secret that matched. */
  { kind: 'verified'; key: number } | { kind: 'refused'; reason: 'signature_mismatch' | 'timestamp_too_far' };

/** The signature's headers where each is there once and well formed. */
export function readSignatureHeaders(headers: Headers): SignatureHeaders | undefined {
  const id = onlyValue(headers['webhook-id']);
  const timestamp = onlyValue(headers['webhook-timestamp']);
  const signature = onlyValue(headers['webhook-signature']);
  if (id === undefined || !/^[\x21-\x7e]{1,256}$/.test(id)) return undefined;
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return undefined;
  const signatures = [...(signature ?? '').matchAll(/(?<![^ ])v1,([A-Za-z0-9+/]{43}=)(?![^ ])/g)];
  if (signatures.length === 0) return undefined;
  return { id, timestamp, signatures: signatures.flatMap(([, base64]) => base64 ?? []) };
}

/** Whether one of the keys signed exactly these bytes, within five minutes of `nowMs` to either side. */
export function verifySignature(
  { id, timestamp, signatures }: SignatureHeaders,
  body: Uint8Array,
  keys: readonly Uint8Array[],
  nowMs: number,
): Verification {
  const given = signatures.map((signature) => Buffer.from(signature));
  // Every key is compared with every signature, so that the time taken does not tell which one matched.
  const matches = keys.map((key) => {
    const signed = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
    const expected = Buffer.from(signed);
    return given.filter((candidate) => timingSafeEqual(candidate, expected)).length > 0;
  });
  const key = matches.indexOf(true);
  if (key === -1) return { kind: 'refused', reason: 'signature_mismatch' };
  if (Math.abs(nowMs - Number(timestamp) * 1000) > TOLERANCE_MS) {
    return { kind: 'refused', reason: 'timestamp_too_far' };
  }
  return { kind: 'verified', key };
}

/** The key in a secret (`whsec_` and base64), or what is wrong with it; the text never shows the secret. */
export function readSecret(secret: string): Uint8Array | { problem: string } {
  const base64 = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : '';
  const key = Buffer.from(base64, 'base64');
  // Node decodes what is not base64 as well, by leaving it out.
  if (base64 === '' || key.toString('base64').replace(/=+$/, '') !== base64.replace(/={1,2}$/, '')) {
    return { problem: `must be ${SECRET_PREFIX} followed by base64` };
  }
  if (key.length < MIN_KEY_BYTES) return { problem: `must hold at least ${MIN_KEY_BYTES} bytes` };
  return key;
}

function onlyValue(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}
