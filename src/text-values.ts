/** The IANA time zone that a text names, in its usual spelling; undefined where there is none. */
export function parseTimezone(text: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** The http:// or https:// URL that a text is; undefined where it is none. */
export function parseHttpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && ['http:', 'https:'].includes(url.protocol) ? url : undefined;
}

/** Whether a URL is one below which a provider's paths can be: without credentials, query and fragment. */
export function isBaseUrl({ username, password, search, hash }: URL): boolean {
  return !username && !password && !search && !hash;
}
