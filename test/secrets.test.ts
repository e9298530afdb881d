import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../src/secrets.ts';

const KEY = 'ops/7Q"zt:Zx/9kLm+2vB\\nR';

describe('a secret is masked', () => {
  it.each([
    ['as it is', KEY],
    ['its first part', 'ops/7Q"zt'],
    ['its second part', 'Zx/9kLm+2vB\\nR'],
    ['as HTTP Basic has it', Buffer.from(KEY).toString('base64')],
    ['as HTTP Basic has it, without padding', Buffer.from(KEY).toString('base64').replace(/=+$/, '')],
    ['in JSON', JSON.stringify(KEY).slice(1, -1)],
    ['in JSON that escapes slashes', JSON.stringify(KEY).slice(1, -1).replaceAll('/', '\\/')],
    ['in a URL', encodeURIComponent(KEY)],
    ['in a URL with lower-case escapes', 'ops%2f7Q%22zt%3aZx%2f9kLm%2b2vB%5cnR'],
    [
      'in a URL, every byte escaped',
      '%6F%70%73%2F%37%51%22%7A%74%3A%5A%78%2F%39%6B%4C%6D%2B%32%76%42%5C%6E%52',
    ],
    [
      'in a URL, every byte escaped in lower case',
      '%6f%70%73%2f%37%51%22%7a%74%3a%5a%78%2f%39%6b%4c%6d%2b%32%76%42%5c%6e%52',
    ],
    [
      'in JSON, every character escaped',
      String.raw`\u006f\u0070\u0073\u002f\u0037\u0051\u0022\u007a\u0074\u003a\u005a\u0078\u002f\u0039\u006b\u004c\u006d\u002b\u0032\u0076\u0042\u005c\u006e\u0052`,
    ],
    [
      'in JSON, every character escaped in upper case',
      String.raw`\u006F\u0070\u0073\u002F\u0037\u0051\u0022\u007A\u0074\u003A\u005A\u0078\u002F\u0039\u006B\u004C\u006D\u002B\u0032\u0076\u0042\u005C\u006E\u0052`,
    ],
    ['its second part in JSON', JSON.stringify('Zx/9kLm+2vB\\nR').slice(1, -1)],
    ['its second part in a URL', encodeURIComponent('Zx/9kLm+2vB\\nR')],
  ])('%s', (_how, form) => {
    const { redact } = createRedactor([KEY]);

    expect(redact(`the key ${form} is wrong`)).toBe('the key *** is wrong');
  });

  it('when its end was cut off, at the end of the text', () => {
    const { redact } = createRedactor([KEY]);

    expect(redact('the key is ops/7Q"zt:Zx/9kL')).toBe('the key is ***');
    expect(redact('the key is ops/')).toBe('the key is ***');
    expect(redact('the key is op')).toBe('the key is op');
  });

  it('when it was cut anywhere, in a text that is made from one that repeats it', () => {
    const { redact } = createRedactor([KEY]);
    const body = `{"error":"bad key ${JSON.stringify(KEY).slice(1, -1)}"}`;

    expect(redact('bad key ops/ (see the manual)', () => [body])).toBe('bad key *** (see the manual)');
    expect(redact('9kLm is bad', () => [body])).toBe('*** is bad');
    expect(redact('9kLm is bad', () => ['nothing of it'])).toBe('9kLm is bad');
  });

  it('when every character of it is escaped in what repeats it', () => {
    const escaped = [...KEY].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    const { redact } = createRedactor([KEY]);

    expect(redact('bad key Zx/9 (see the manual)', () => [escaped])).toBe('bad key *** (see the manual)');
  });
});

it('leaves no four characters of a key, however an excerpt cuts what repeats it', () => {
  const printable = fc.string({
    unit: fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code)),
    minLength: 4,
    maxLength: 400,
  });
  fc.assert(
    fc.property(
      printable,
      fc.nat(300),
      fc.nat(500),
      fc.constantFrom(...FORMS),
      (key, start, length, form) => {
        const repeated = form(key);
        const cut = `~ ${repeated} ~`.slice(start, start + length);

        const shown = createRedactor([key]).redact(`said: ${cut}`, () => [repeated]);

        const left = shown.replace('said: ', '').replaceAll('***', ' ');
        for (let at = 0; at + 4 <= left.length; at += 1) {
          const piece = left.slice(at, at + 4);
          if (!piece.includes(' ')) expect(repeated).not.toContain(piece);
        }
      },
    ),
  );
});

const FORMS: ((key: string) => string)[] = [
  (key) => key,
  (key) => Buffer.from(key).toString('base64'),
  (key) => JSON.stringify(key).slice(1, -1),
  (key) => JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/'),
  encodeURIComponent,
  (key) => encodeURIComponent(key).replace(/%../g, (escaped) => escaped.toLowerCase()),
  (key) => Buffer.from(key).toString('hex').replace(/../g, '%$&'),
  (key) => [...key].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
];

it.each(['', 'k', 'abc'])('leaves the text alone where the secret is too short to be one: %j', (secret) => {
  expect(createRedactor([secret]).redact('abc k is wrong')).toBe('abc k is wrong');
});
