import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { hmacHeader } from '../../src/providers/signature/hmac-header.ts';
import { staticToken } from '../../src/providers/signature/static-token.ts';

const SECRET = 'correct horse battery staple';
const OTHER = 'another horse, another battery';
const BODY = Buffer.from('{"a":1}');

function keyOf(scheme: ReturnType<typeof hmacHeader>, secret: string): Uint8Array {
  const key = scheme.readKey(secret);
  if (!(key instanceof Uint8Array)) throw new Error(key.problem);
  return key;
}

test('an HMAC header proves the exact bytes and the secret', () => {
  const scheme = hmacHeader('x-signature');
  const hex = createHmac('sha256', SECRET).update(BODY).digest('hex');
  const key = keyOf(scheme, SECRET);

  const claim = scheme.readClaim({ 'x-signature': [hex.toUpperCase()] });

  expect(claim?.isBy(key, BODY)).toBe(true);
  expect(claim?.isBy(key, Buffer.from('{"a":2}'))).toBe(false);
  expect(claim?.isBy(keyOf(scheme, OTHER), BODY)).toBe(false);
});

test.each([
  ['none', undefined],
  ['two', ['a'.repeat(64), 'a'.repeat(64)]],
  ['a short one', ['a'.repeat(63)]],
  ['one that is not hexadecimal', ['g'.repeat(64)]],
  ['an empty one', ['']],
])('an HMAC header: %s is no claim', (_name, values) => {
  expect(hmacHeader('x-signature').readClaim({ 'x-signature': values })).toBeUndefined();
});

test.each([
  ['sha256=', 'hex'],
  ['', 'base64'],
  ['sha256=', 'base64'],
] as const)('an HMAC header can begin with "%s" and be in %s', (prefix, encoding) => {
  const scheme = hmacHeader('x-signature', { prefix, encoding });
  const digest = createHmac('sha256', SECRET).update(BODY).digest(encoding);
  const key = keyOf(scheme, SECRET);

  const claim = scheme.readClaim({ 'x-signature': [prefix + digest] });

  expect(claim?.isBy(key, BODY)).toBe(true);
  expect(claim?.isBy(key, Buffer.from('{"a":2}'))).toBe(false);
  expect(scheme.readClaim({ 'x-signature': [`sha1=${digest}`] })).toBeUndefined();
  expect(scheme.readClaim({ 'x-signature': [prefix] })).toBeUndefined();
});

test('a static token can have a prefix, which is no part of the secret', () => {
  const scheme = staticToken('authorization', { prefix: 'Bearer ' });
  const key = keyOf(scheme, SECRET);

  const claim = scheme.readClaim({ authorization: [`Bearer ${SECRET}`] });

  expect(claim?.isBy(key, BODY)).toBe(true);
  expect(scheme.readClaim({ authorization: [SECRET] })).toBeUndefined();
  expect(scheme.readClaim({ authorization: ['Bearer '] })).toBeUndefined();
});

test('a static token proves the secret alone', () => {
  const scheme = staticToken('x-token');
  const key = keyOf(scheme, SECRET);

  const right = scheme.readClaim({ 'x-token': [SECRET] });
  const wrong = scheme.readClaim({ 'x-token': [SECRET.slice(0, -1)] });

  expect(right?.isBy(key, BODY)).toBe(true);
  expect(wrong?.isBy(key, BODY)).toBe(false);
  expect(scheme.readClaim({ 'x-token': [] })).toBeUndefined();
  expect(scheme.readClaim({ 'x-token': ['x'.repeat(513)] })).toBeUndefined();
});

test.each([hmacHeader('x-signature'), staticToken('x-token')])(
  'refuses a secret that can be guessed',
  (scheme) => {
    expect(scheme.readKey('a'.repeat(23))).toEqual({ problem: 'must be at least 24 bytes long' });
    expect(scheme.readKey('a'.repeat(24))).toBeInstanceOf(Uint8Array);
  },
);
