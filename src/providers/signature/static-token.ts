import { createHash, timingSafeEqual } from 'node:crypto';
import { onlyValue, readTextKey, type SignatureScheme } from './scheme.ts';

const MAX_TOKEN_LENGTH = 512;

/**
 * A header that holds the secret itself. It proves who sent a delivery, but not that nobody changed it on the way: for
 * providers that can do no better, over TLS.
 *
 * @param header - in lower case.
 * @param options.prefix - what stands before the secret, such as `Bearer `; no part of the secret.
 */
export function staticToken(header: string, { prefix = '' }: { prefix?: string } = {}): SignatureScheme {
  return {
    readKey: readTextKey,
    readClaim(headers) {
      const token = onlyValue(headers, header, prefix);
      if (token === undefined || token === '' || token.length > MAX_TOKEN_LENGTH) return undefined;
      // Digests have one length, which a comparison in constant time needs.
      return { isBy: (key) => timingSafeEqual(digest(token), digest(key)) };
    },
  };
}

function digest(value: string | Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}
