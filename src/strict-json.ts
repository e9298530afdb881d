/** Far more than a delivery needs; JSON.parse itself has no limit. */
const MAX_DEPTH = 32;

/** In well-formed JSON: every text (with the colon that makes it a key), bracket and brace. */
const TOKENS = /("[^"\\]*(?:\\.[^"\\]*)*")[\t\n\r ]*(:?)|[{}[\]]/g;

export type JsonReading = { kind: 'value'; value: unknown } | { kind: 'refused'; detail: string };

/**
 * JSON that has one meaning only: JSON.parse lets the last of two equal keys win, and another reader the first.
 * Keys are compared as they read, so an escaped letter equals the letter itself.
 */
export function parseStrictJson(text: string): JsonReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'refused', detail: 'The body is not JSON.' };
  }
  const ambiguity = findAmbiguity(text);
  return ambiguity ? { kind: 'refused', detail: ambiguity.detail } : { kind: 'value', value };
}

/**
 * What readers of a JSON text may differ about, and its index in the text.
 * @param text - well-formed JSON.
 */
export function findAmbiguity(text: string): { detail: string; at: number } | undefined {
  /** The keys of each object that is open; nothing for an array. */
  const open: (Set<string> | undefined)[] = [];
  for (const match of text.matchAll(TOKENS)) {
    const [token, quoted, colon] = match;
    if (quoted === undefined) {
      if (token === '}' || token === ']') open.pop();
      else if (open.push(token === '{' ? new Set() : undefined) > MAX_DEPTH) {
        return { detail: `The JSON is nested more than ${MAX_DEPTH} levels deep.`, at: match.index };
      }
    } else if (colon === ':') {
      const keys = open.at(-1);
      const key = quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
      if (keys?.has(key))
        return { detail: 'The JSON has the same key twice in one object.', at: match.index };
      keys?.add(key);
    }
  }
  return undefined;
}
