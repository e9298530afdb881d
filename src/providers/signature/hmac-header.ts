import { createHmac, timingSafeEqual } from 'node:crypto';
import { onlyValue, readTextKey, type SignatureScheme } from './scheme.ts';

const DIGESTS = { hex: /^[0-9a-f]{64}$/i, base64: /^[A-Za-z0-9+/]{43}=$/ };

/**
 * A header with the HMAC-SHA256 of the body; the secret's text is the key. Without a time in it, a delivery can be
 * repeated by whoever recorded it: it then says again what was said before, and counts as a duplicate.
 *
 * @param header - in lower case.
 * @param options.prefix - what stands before the digest, such as `sha256=`.
 * @param options.encoding - of the digest; default: `hex`, in small letters or capitals.
 */
export function hmacHeader(
  header: string,
  { prefix = '', encoding = 'hex' }: { prefix?: string; encoding?: 'hex' | 'base64' } = {},
): SignatureScheme {
  return {
    readKey: readTextKey,
    readClaim(headers) {
      const digest = onlyValue(headers, header, prefix);
      if (digest === undefined || !DIGESTS[encoding].test(digest)) return undefined;
      const given = Buffer.from(digest, encoding);
      return {
        isBy: (key, body) => timingSafeEqual(given, createHmac('sha256', key).update(body).digest()),
      };
    },
  };
}
