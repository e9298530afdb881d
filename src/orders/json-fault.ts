/** Where a text stops being JSON, and what is wrong there. */
interface JsonFault {
  /** Both count from 1; columns in UTF-16 units, as editors do. */
  line: number;
  column: number;
  message: string;
}

type Expected =
  | 'a value'
  | 'a value or ]'
  | 'a name in double quotes'
  | 'a name in double quotes or }'
  | 'a colon'
  | 'a comma or ]'
  | 'a comma or }'
  | 'the end';

/** The first fault, which `JSON.parse` does not always place; undefined where the text is JSON. */
export function findJsonFault(text: string): JsonFault | undefined {
  // RFC 8259. A string that never ends, or holds what it may not, is no token: the fault is where it starts.
  const tokens =
    /[{}[\],:]|"[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
  const whiteSpace = /[ \t\n\r]*/y;
  const open: ('[' | '{')[] = [];
  let expected: Expected = 'a value';
  let at = 0;
  for (;;) {
    at += matchAt(whiteSpace, text, at).length;
    if (at === text.length && expected === 'the end') return undefined;
    const token = matchAt(tokens, text, at);
    const next = follow(expected, token, open);
    if (next === undefined) return { ...place(text, at), message: explain(expected, token, text, at) };
    expected = next;
    at += token.length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** What may come after the token; undefined where the token itself may not be there. Keeps `open` up to date. */
function follow(expected: Expected, token: string, open: ('[' | '{')[]): Expected | undefined {
  const closes = (token === ']' || token === '}') && expected.endsWith(token);
  if (closes) {
    open.pop();
    return afterValue(open);
  }
  switch (expected) {
    case 'a value':
    case 'a value or ]':
      if (token === '[' || token === '{') {
        open.push(token);
        return token === '[' ? 'a value or ]' : 'a name in double quotes or }';
      }
      return /^["\-\dtfn]/.test(token) ? afterValue(open) : undefined;
    case 'a name in double quotes':
    case 'a name in double quotes or }':
      return token.startsWith('"') ? 'a colon' : undefined;
    case 'a colon':
      return token === ':' ? 'a value' : undefined;
    case 'a comma or ]':
      return token === ',' ? 'a value' : undefined;
    case 'a comma or }':
      return token === ',' ? 'a name in double quotes' : undefined;
    case 'the end':
      return undefined;
  }
}

function afterValue(open: readonly ('[' | '{')[]): Expected {
  const innermost = open.at(-1);
  if (innermost === undefined) return 'the end';
  return innermost === '[' ? 'a comma or ]' : 'a comma or }';
}

function place(text: string, at: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', lineStart)) {
    line += 1;
    lineStart = end + 1;
  }
  return { line, column: at - lineStart + 1 };
}

function explain(expected: Expected, token: string, text: string, at: number): string {
  const code = text.codePointAt(at);
  if (code === undefined) return `expected ${expected}, found the end of the text`;
  if (token === '' && text[at] === '"')
    return 'a string without an end, or with a line break or a bad escape in it';
  return `expected ${expected}, found ${JSON.stringify(String.fromCodePoint(code))}`;
}
