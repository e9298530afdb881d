import assert from 'node:assert/strict';
import type { Webhook } from '../providers/provider.ts';
import type { ReceivedHeaders } from '../providers/signature/scheme.ts';
import type { WebhookExamples } from './examples.ts';
import type { RuleTable } from './rule.ts';

/** A signature of seconds that are taken for milliseconds lies before the first, the reverse after the second. */
const EARLIEST_MS = Date.parse('2000-01-01T00:00:00Z');
const LATEST_MS = Date.parse('2100-01-01T00:00:00Z');
const NOT_SIGNED =
  'where the headers prove who sent a delivery but not what is in it, say "signsBody: false" in the examples';
const ODD_VALUES = ['', ' ', ',', '=', 'v1,', 'null', '0', '-1', 'é', 'a b', '\u0000', '9'.repeat(40)];

export function signatureSubject({ signature }: Webhook, recorded: WebhookExamples) {
  const { secret, deliveries, sign } = recorded;
  const body = deliveries[0]?.body ?? '{}';
  /** As received: names in lower case. */
  const headersOf = (signed: string, by: string): ReceivedHeaders =>
    Object.fromEntries(
      Object.entries(sign(signed, by)).map(([name, value]) => [name.toLowerCase(), [value]]),
    );
  const isProved = (headers: ReceivedHeaders, by = secret, bytes: string | Uint8Array = body) => {
    const key = signature.readKey(by);
    if (!(key instanceof Uint8Array)) return assert.fail(`a secret of the examples ${key.problem}`);
    return signature.readClaim(headers)?.isBy(key, Buffer.from(bytes));
  };
  return { ...recorded, body, headers: headersOf(body, secret), headersOf, isProved, signature };
}

/** How a delivery proves that it comes from the provider. */
export const SIGNATURE_RULES: RuleTable<ReturnType<typeof signatureSubject>> = {
  'a signed delivery is verified': ({ deliveries, secret, signature, headers, headersOf, isProved }) => {
    for (const { body } of deliveries)
      assert.equal(isProved(headersOf(body, secret), secret, body), true, body);
    const { signedAtMs = EARLIEST_MS } = signature.readClaim(headers) ?? {};
    const isTime = signedAtMs >= EARLIEST_MS && signedAtMs < LATEST_MS;
    assert.ok(isTime, `${signedAtMs} are no epoch milliseconds`);
  },
  'a delivery changed by one byte is not verified': {
    onlyWhere: ({ signsBody = true }) => signsBody,
    check: ({ body, headers, secret, isProved }) => {
      for (const at of Buffer.from(body).keys()) {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] ?? 0) ^ 1;
        assert.equal(isProved(headers, secret, changed), false, `byte ${at} was changed; ${NOT_SIGNED}`);
      }
    },
  },
  'a header that is missing or doubled is no claim': ({ signature, headers }) => {
    assert.equal(signature.readClaim({}), undefined, 'without headers');
    for (const [name, values = []] of Object.entries(headers)) {
      assert.equal(signature.readClaim({ ...headers, [name]: undefined }), undefined, `without ${name}`);
      const doubled = { ...headers, [name]: [...values, ...values] };
      assert.equal(signature.readClaim(doubled), undefined, `with ${name} twice`);
    }
  },
  'a delivery signed with another secret is not verified': (subject) => {
    const { body, secret, otherSecret, headers, headersOf, isProved } = subject;
    assert.equal(isProved(headers, otherSecret), false, 'otherSecret proves what secret signed');
    const byOther = isProved(headersOf(body, otherSecret), secret);
    assert.equal(byOther, false, 'secret proves what otherSecret signed');
  },
  'a secret that is too short is refused, and no message shows it': ({ signature, secret }) => {
    for (const short of ['', 'Qz7!', secret.slice(0, 12)]) {
      const key = signature.readKey(short);
      assert.ok(!(key instanceof Uint8Array), `a secret of ${short.length} characters is taken`);
      assert.ok(key.problem.trim() !== '', 'the problem is not said');
      assert.ok(short === '' || !key.problem.includes(short), 'the problem shows the secret');
    }
  },
  'no odd header proves anything': ({ headers, isProved }) => {
    for (const name of Object.keys(headers)) {
      for (const value of [...ODD_VALUES, 'x'.repeat(5_000)]) {
        assert.notEqual(isProved({ ...headers, [name]: [value] }), true, `${name}: ${value.slice(0, 80)}`);
      }
    }
  },
};
