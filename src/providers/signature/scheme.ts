/** The headers of a delivery as received: names in lower case, each value of each name by itself. */
export type ReceivedHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * How a provider shows that a delivery is its own. It holds no secrets and no clock: the receiver brings them, tries
 * every secret that is configured, and judges the time.
 */
export interface SignatureScheme {
  /** The key in a secret as it is configured, or what is wrong with it in words that do not show it. */
  readKey(secret: string): Uint8Array | { problem: string };
  /** What the headers claim, read before the body is; undefined where one is missing, doubled or malformed. */
  readClaim(headers: ReceivedHeaders): SignatureClaim | undefined;
}

/** Somebody's claim to have signed a body; nothing is proved yet. */
export interface SignatureClaim {
  /** Epoch milliseconds: left out where the scheme signs no time, so that nothing can be told of a delivery's age. */
  signedAtMs?: number;
  /** Whether whoever holds `key` made the claim, about exactly these bytes; the time it takes does not tell how nearly. */
  isBy(key: Uint8Array, body: Uint8Array): boolean;
}

/**
 * The value of a header that is there once, without the prefix that it must have; undefined for any other.
 *
 * @param name - in lower case.
 */
export function onlyValue(headers: ReceivedHeaders, name: string, prefix = ''): string | undefined {
  const [value, ...others] = headers[name] ?? [];
  return others.length === 0 && value?.startsWith(prefix) ? value.slice(prefix.length) : undefined;
}

/** `readKey` of a scheme whose key is the secret's text as it is, of at least 24 bytes. */
export function readTextKey(secret: string): Uint8Array | { problem: string } {
  const key = Buffer.from(secret);
  return key.length < MIN_KEY_BYTES ? { problem: `must be at least ${MIN_KEY_BYTES} bytes long` } : key;
}

export const MIN_KEY_BYTES = 24;
