import { createHmac, timingSafeEqual } from 'node:crypto';
import { onlyValue, readTextKey, type SignatureScheme } from './scheme.ts';

/**
 * A header with the HMAC-SHA256 of the body, in hexadecimal; the secret's text is the key. Without a time in it, a
 * delivery can be repeated by whoever recorded it: it then says again what was said before, and counts as a duplicate.
 *
 * @param header - in lower case.
 */
export function hmacHeader(header: string): SignatureScheme {
  return {
    readKey: readTextKey,
    readClaim(headers) {
      const hex = onlyValue(headers, header);
      if (hex === undefined || !/^[0-9a-f]{64}$/i.test(hex)) return undefined;
      const given = Buffer.from(hex, 'hex');
      return {
        isBy: (key, body) => timingSafeEqual(given, createHmac('sha256', key).update(body).digest()),
      };
    },
  };
}
