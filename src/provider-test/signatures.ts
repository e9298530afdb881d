import assert from 'node:assert/strict';
import type { Provider } from '../providers/provider.ts';
import type { ReceivedHeaders } from '../providers/signature/scheme.ts';
import type { ProviderExamples, Rule } from './examples.ts';

/** A signature of seconds that are taken for milliseconds lies before the first, the reverse after the second. */
const EARLIEST_MS = Date.parse('2000-01-01T00:00:00Z');
const LATEST_MS = Date.parse('2100-01-01T00:00:00Z');
const NOT_SIGNED =
  'where the headers prove who sent a delivery but not what is in it, say "signsBody: false" in the examples';
const ODD_VALUES = [
  '',
  ' ',
  ',',
  '=',
  'v1,',
  'null',
  '0',
  '-1',
  '9'.repeat(40),
  'é',
  'x'.repeat(5_000),
  'a b',
  '\u0000',
];

/** How a delivery proves that it comes from the provider. */
export function signatureRules({ webhook }: Provider, { webhook: examples }: ProviderExamples): Rule[] {
  if (!webhook || !examples) return [];
  const { signature } = webhook;
  const { secret, otherSecret, sign, signsBody = true } = examples;
  const body = examples.deliveries[0]?.body ?? '{}';
  const headers = received(sign(body, secret));
  const isProved = (given: ReceivedHeaders, by: string, bytes: Uint8Array = Buffer.from(body)) =>
    signature.readClaim(given)?.isBy(keyOf(by), bytes);
  const keyOf = (text: string) => {
    const key = signature.readKey(text);
    if (key instanceof Uint8Array) return key;
    return assert.fail(`a secret of the examples ${key.problem}`);
  };
  return [
    {
      name: 'a signed delivery is verified',
      check() {
        for (const delivery of examples.deliveries) {
          const signed = received(sign(delivery.body, secret));
          assert.equal(isProved(signed, secret, Buffer.from(delivery.body)), true);
        }
        const signedAtMs = signature.readClaim(headers)?.signedAtMs ?? EARLIEST_MS;
        assert.ok(
          signedAtMs >= EARLIEST_MS && signedAtMs < LATEST_MS,
          `${signedAtMs} are no epoch milliseconds`,
        );
      },
    },
    ...(signsBody
      ? [
          {
            name: 'a delivery changed by one byte is not verified',
            check() {
              for (let at = 0; at < Buffer.byteLength(body); at += 1) {
                const changed = Buffer.from(body);
                changed[at] = (changed[at] ?? 0) ^ 1;
                assert.equal(
                  isProved(headers, secret, changed),
                  false,
                  `byte ${at} was changed; ${NOT_SIGNED}`,
                );
              }
            },
          },
        ]
      : []),
    {
      name: 'a header that is missing or doubled is no claim',
      check() {
        assert.equal(signature.readClaim({}), undefined);
        for (const [name, values = []] of Object.entries(headers)) {
          assert.equal(signature.readClaim({ ...headers, [name]: undefined }), undefined, `without ${name}`);
          const doubled = { ...headers, [name]: [...values, ...values] };
          assert.equal(signature.readClaim(doubled), undefined, `with ${name} twice`);
        }
      },
    },
    {
      name: 'a delivery signed with another secret is not verified',
      check() {
        assert.equal(isProved(headers, otherSecret), false);
        assert.equal(isProved(received(sign(body, otherSecret)), secret), false);
      },
    },
    {
      name: 'a secret that is too short is refused, and no message shows it',
      check() {
        for (const short of ['', 'Qz7!', secret.slice(0, 12)]) {
          const key = signature.readKey(short);
          assert.ok(!(key instanceof Uint8Array), `a secret of ${short.length} characters is taken`);
          assert.ok(key.problem.trim() !== '', 'the problem is not said');
          assert.ok(short === '' || !key.problem.includes(short), 'the problem shows the secret');
        }
      },
    },
    {
      name: 'no odd header proves anything',
      check() {
        for (const name of Object.keys(headers)) {
          for (const value of ODD_VALUES) {
            assert.notEqual(
              isProved({ ...headers, [name]: [value] }, secret),
              true,
              `${name}: ${value.slice(0, 80)}`,
            );
          }
        }
      },
    },
  ];
}

function received(headers: Record<string, string>): ReceivedHeaders {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value]]));
}
