import { printParseErrorCode, visit } from 'jsonc-parser';

/** Where a text stops being JSON, and what is wrong there. */
interface JsonFault {
  /** Both count from 1; columns in UTF-16 units, as editors do. */
  line: number;
  column: number;
  message: string;
}

const EXPECTED: Readonly<Record<string, string>> = {
  ValueExpected: 'a value',
  PropertyNameExpected: 'a name in double quotes',
  ColonExpected: 'a colon',
  CommaExpected: 'a comma or the end of this list or object',
  CloseBraceExpected: '}',
  CloseBracketExpected: ']',
  EndOfFileExpected: 'the end',
};

const WRONG: Readonly<Record<string, string>> = {
  InvalidCommentToken: 'JSON has no comments',
  InvalidUnicode: 'a bad \\u escape in a string',
  InvalidEscapeCharacter: 'a bad escape in a string',
  InvalidCharacter: 'a control character in a string',
  UnexpectedEndOfString: 'a string without an end, or with a line break in it',
  UnexpectedEndOfNumber: 'a number without an end',
};

const MAX_SHOWN_LENGTH = 20;

/** The first fault, which `JSON.parse` does not always place; undefined where there is none or it is nested too deep. */
export function findJsonFault(text: string): JsonFault | undefined {
  let fault: JsonFault | undefined;
  const onError: NonNullable<Parameters<typeof visit>[1]['onError']> = (code, at, length, line, column) => {
    const found = text.slice(at, at + Math.min(length, MAX_SHOWN_LENGTH));
    fault ??= { line: line + 1, column: column + 1, message: explain(printParseErrorCode(code), found) };
  };
  try {
    visit(text, { onError }, { disallowComments: true });
  } catch (error) {
    // The stack was too small for it.
    if (!(error instanceof RangeError)) throw error;
  }
  return fault;
}

function explain(code: string, found: string): string {
  const shown = found === '' ? 'the end of the text' : JSON.stringify(found);
  const expected = EXPECTED[code];
  if (expected !== undefined) return `expected ${expected}, found ${shown}`;
  return WRONG[code] ?? `${shown} is no number, true, false, null or text in double quotes`;
}
