/** A text shorter than this is not looked for: it guards nothing, and would blank out every other word. */
const SHORTEST_PART = 4;
/** A part of a secret that is no more than this long may be an ordinary word, where nobody has repeated the secret. */
const LONGEST_WORD = 8;
const MASK = '***';

/** Keeps secrets out of what is stored and shown. */
export interface Redactor {
  /**
   * The text with every form of a secret masked, and what is left of one that was cut: where the text is made from
   * `source` and that repeats a secret, each part of 4 or more characters; else longer parts, and a cut one at the end.
   * Ordinary words that are part of such a secret are masked with it.
   */
  redact(text: string, source?: Repeating): string;
}

/** What may repeat a secret as it is, before anything of it is cut: the texts of an answer. */
export type Repeating = () => Iterable<string>;

/**
 * @param secrets - as they are configured. Known are also each part around a colon (`user:password`) and the Base64, the
 * JSON and the URL form of each, the latter two also with everything escaped. What is shorter than 4 characters is left alone.
 */
export function createRedactor(secrets: readonly string[]): Redactor {
  const forms = [...new Set(secrets.flatMap(formsOf))].filter((form) => form.length >= SHORTEST_PART);
  if (forms.length === 0) return { redact: (text) => text };
  // The longest first: a form that is part of another must not leave the rest of it.
  forms.sort((one, other) => other.length - one.length);
  const words = piecesOf(forms, SHORTEST_PART);
  const runs = piecesOf(forms, LONGEST_WORD + 1);
  return {
    redact(text, source) {
      // Nearly all texts end here: without a piece of 4 characters there is neither a form nor what is left of one.
      if (!holdsPiece(text, words)) return text;
      let masked = maskRuns(text, runs, LONGEST_WORD + 1);
      for (const form of forms) masked = masked.replaceAll(form, MASK);
      if (source && repeats(source, forms)) return maskRuns(masked, words, SHORTEST_PART);
      return maskCutEnd(masked, forms);
    },
  };
}

function formsOf(secret: string): string[] {
  const parts = secret.includes(':') ? [secret, ...secret.split(':')] : [secret];
  return parts.flatMap((part) => {
    if (part.length < SHORTEST_PART && part !== secret) return [];
    const json = JSON.stringify(part).slice(1, -1);
    const base64 = Buffer.from(part).toString('base64');
    const inUrls = [
      encodeURIComponent(part),
      new URLSearchParams([['', part]]).toString().slice(1),
      encodeURIComponent(base64),
      Buffer.from(part).toString('hex').toUpperCase().replace(/../g, '%$&'),
    ];
    const inJson = part.replace(/./gs, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    return [
      part,
      json,
      json.replaceAll('/', String.raw`\/`),
      part.replaceAll('/', String.raw`\/`),
      inJson,
      inJson.replace(/[a-f]/g, (digit) => digit.toUpperCase()),
      ...inUrls,
      ...inUrls.map((form) => form.replace(/%../g, (escaped) => escaped.toLowerCase())),
      base64,
      base64.replace(/=+$/, ''),
      base64.replaceAll('/', String.raw`\/`),
      Buffer.from(part).toString('base64url'),
    ];
  });
}

/** Every piece of so many characters. */
function piecesOf(forms: readonly string[], length: number): ReadonlySet<string> {
  const pieces = new Set<string>();
  for (const form of forms) {
    for (let start = 0; start + length <= form.length; start += 1)
      pieces.add(form.slice(start, start + length));
  }
  return pieces;
}

function holdsPiece(text: string, pieces: ReadonlySet<string>): boolean {
  for (let start = 0; start + SHORTEST_PART <= text.length; start += 1) {
    if (pieces.has(text.slice(start, start + SHORTEST_PART))) return true;
  }
  return false;
}

/** Masks whatever is made of such pieces. */
function maskRuns(text: string, pieces: ReadonlySet<string>, length: number): string {
  let masked = '';
  let kept = 0;
  for (let start = 0; start + length <= text.length; start += 1) {
    if (!pieces.has(text.slice(start, start + length))) continue;
    let end = start + length;
    while (pieces.has(text.slice(end - length + 1, end + 1)) && end < text.length) end += 1;
    masked += text.slice(kept, start) + MASK;
    kept = end;
    start = end - 1;
  }
  return masked + text.slice(kept);
}

/** Masks the start of a form at the very end of the text. */
function maskCutEnd(text: string, forms: readonly string[]): string {
  const longest = Math.min(text.length, LONGEST_WORD);
  for (let length = longest; length >= SHORTEST_PART; length -= 1) {
    const end = text.slice(-length);
    if (forms.some((form) => form.startsWith(end))) return text.slice(0, -length) + MASK;
  }
  return text;
}

/** Also where it is escaped as JSON can be, one character at a time. */
function repeats(source: Repeating, forms: readonly string[]): boolean {
  for (const text of source()) {
    if (forms.some((form) => text.includes(form))) return true;
    if (!text.includes('\\')) continue;
    const plain = text
      .replace(/\\u([0-9a-f]{4})/gi, (_escape, code: string) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      )
      .replaceAll('\\', '');
    if (forms.some((form) => plain.includes(form))) return true;
  }
  return false;
}
