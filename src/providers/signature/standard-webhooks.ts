import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  MIN_KEY_BYTES,
  onlyValue,
  type ReceivedHeaders,
  type SignatureClaim,
  type SignatureScheme,
} from './scheme.ts';

const SECRET_PREFIX = 'whsec_';

/** Standard Webhooks 1.0.0, symmetric scheme `v1` (https://www.standardwebhooks.com): `whsec_` and base64 as secrets. */
export const standardWebhooks: SignatureScheme = { readKey, readClaim };

function readKey(secret: string): Uint8Array | { problem: string } {
  const base64 = secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : '';
  const key = Buffer.from(base64, 'base64');
  // Node decodes what is not base64 as well, by leaving it out.
  if (base64 === '' || key.toString('base64').replace(/=+$/, '') !== base64.replace(/={1,2}$/, '')) {
    return { problem: `must be ${SECRET_PREFIX} followed by base64` };
  }
  return key.length < MIN_KEY_BYTES ? { problem: `must hold at least ${MIN_KEY_BYTES} bytes` } : key;
}

function readClaim(headers: ReceivedHeaders): SignatureClaim | undefined {
  const id = onlyValue(headers, 'webhook-id');
  const timestamp = onlyValue(headers, 'webhook-timestamp');
  const list = onlyValue(headers, 'webhook-signature');
  if (id === undefined || !/^[\x21-\x7e]{1,256}$/.test(id)) return undefined;
  if (timestamp === undefined || !/^\d{1,12}$/.test(timestamp)) return undefined;
  // Of other versions than v1 nothing is known but that they may stand beside it.
  const signatures = [...(list ?? '').matchAll(/(?<![^ ])v1,([A-Za-z0-9+/]{43}=)(?![^ ])/g)].map(
    ([, base64 = '']) => Buffer.from(base64),
  );
  if (signatures.length === 0) return undefined;
  return {
    signedAtMs: Number(timestamp) * 1000,
    isBy(key, body) {
      const signed = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
      const expected = Buffer.from(signed);
      // All of them are compared, so that the time taken does not tell which one matched.
      return signatures.filter((signature) => timingSafeEqual(signature, expected)).length > 0;
    },
  };
}
