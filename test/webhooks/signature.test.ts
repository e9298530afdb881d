import { expect, test } from 'vitest';
import { standardWebhooks } from '../../src/providers/signature/standard-webhooks.ts';
import { verify } from '../../src/webhooks/access.ts';
import {
  anEvent,
  aReceiver,
  countEvents,
  deliver,
  exchange,
  NOW,
  OTHER_SECRET,
  SECRET,
  signature,
} from './support.ts';

const SIGNED = { env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } };

test("verifies the specification's published vector, five minutes to either side", () => {
  const claim = standardWebhooks.readClaim({
    'webhook-id': ['msg_p5jXN8AQM9LWM0D4loKWxJek'],
    'webhook-timestamp': ['1614265330'],
    'webhook-signature': ['v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
  });
  const key = standardWebhooks.readKey(SECRET);
  if (!claim || !(key instanceof Uint8Array)) throw new Error('not read');
  const at = (seconds: number) => verify(claim, Buffer.from('{"test": 2432232314}'), [key], seconds * 1000);
  const verified = { kind: 'verified', key: 0 };

  expect(at(1614265330)).toEqual(verified);
  expect(at(1614265330 + 300)).toEqual(verified);
  expect(at(1614265330 - 300)).toEqual(verified);
  expect(at(1614265330 + 301)).toMatchObject({ kind: 'refused', reason: 'timestamp_too_far' });
  expect(at(1614265330 - 301)).toMatchObject({ kind: 'refused', reason: 'timestamp_too_far' });
});

test('takes a signed event', async () => {
  const { url, lines } = await aReceiver(SIGNED);

  const answer = await deliver(url, anEvent(), signature(anEvent()));

  expect(answer).toMatchObject({ status: 200, body: { status: 'stored' } });
  expect(lines).toEqual([]);
});

test('takes one good signature among others, of versions it does not know as well', async () => {
  const { url } = await aReceiver(SIGNED);
  const good = signature(anEvent());
  const other = signature(anEvent(), { secret: OTHER_SECRET });
  const list = ['v1a,abc', other['webhook-signature'], 'v2,x', good['webhook-signature']].join(' ');

  const answer = await deliver(url, anEvent(), { ...good, 'webhook-signature': list });

  expect(answer.status).toBe(200);
});

test('takes both secrets during a rotation', async () => {
  const { url } = await aReceiver({
    env: { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: `${OTHER_SECRET} ${SECRET}` },
  });

  const old = await deliver(url, anEvent(), signature(anEvent(), { secret: SECRET }));
  const fresh = await deliver(url, anEvent(), signature(anEvent(), { secret: OTHER_SECRET }));

  expect([old.body, fresh.body]).toEqual([
    { status: 'stored', matched: false },
    { status: 'duplicate', matched: false },
  ]);
});

const GOOD = signature(anEvent());
const FORGED: readonly [name: string, headers: Record<string, string>, body?: string][] = [
  ['no signature at all', {}],
  ['another secret', signature(anEvent(), { secret: OTHER_SECRET })],
  ['another body', GOOD, anEvent({ event_name: 'delivered' })],
  ['one more space in the body', GOOD, `${anEvent()} `],
  ['another id', { ...GOOD, 'webhook-id': 'msg_2' }],
  ['another time stamp', { ...GOOD, 'webhook-timestamp': String(NOW / 1000 + 1) }],
  ['a stale one', signature(anEvent(), { atMs: NOW - 301_000 })],
  ['one from the future', signature(anEvent(), { atMs: NOW + 301_000 })],
  ['a time stamp with text after it', { ...GOOD, 'webhook-timestamp': `${NOW / 1000}abc` }],
  ['no id', { ...GOOD, 'webhook-id': '' }],
  ['half a signature', { ...GOOD, 'webhook-signature': GOOD['webhook-signature']?.slice(0, 20) ?? '' }],
  ['no version', { ...GOOD, 'webhook-signature': GOOD['webhook-signature']?.slice(3) ?? '' }],
  ['another version', { ...GOOD, 'webhook-signature': GOOD['webhook-signature']?.replace('v1', 'v2') ?? '' }],
  ['no JSON, unsigned', {}, 'nonsense'],
];

test.each(FORGED)(
  'refuses %s with 401, without a word about the reason',
  async (_name, headers, body = anEvent()) => {
    const { url, db, lines } = await aReceiver(SIGNED);

    const answer = await deliver(url, body, headers);

    expect(answer).toMatchObject({
      status: 401,
      body: {
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        detail: 'The signature is missing or not valid.',
      },
    });
    expect(await countEvents(db)).toBe(0);
    expect(lines.join('')).toContain('status=401 reason=');
    expect(lines.join('')).not.toContain(SECRET.slice(6));
  },
);

test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('refuses %s twice', async (name) => {
  const { url } = await aReceiver(SIGNED);
  const headers = {
    host: 'localhost',
    'content-type': 'application/json',
    'content-length': String(anEvent().length),
    connection: 'close',
    ...GOOD,
  };
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
  const request = (...more: readonly string[]) =>
    `${['POST /webhooks/fictional HTTP/1.1', ...lines, ...more].join('\r\n')}\r\n\r\n${anEvent()}`;

  const once = await exchange(url, request());
  const twice = await exchange(url, request(`${name}: ${GOOD[name]}`));

  expect([once.status, twice.status]).toEqual([200, 401]);
});

test.each([
  ['no prefix', SECRET.slice(6), 'must be whsec_ followed by base64'],
  ['no base64', 'whsec_not*base64*at*all*but*long*enough', 'must be whsec_ followed by base64'],
  ['the other base64', `whsec_${'-_'.repeat(16)}`, 'must be whsec_ followed by base64'],
  ['nothing', 'whsec_', 'must be whsec_ followed by base64'],
  ['23 bytes', `whsec_${Buffer.alloc(23, 7).toString('base64')}`, 'must hold at least 24 bytes'],
])('does not start with a secret of %s', async (_name, secret, message) => {
  const env = { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: `${SECRET} ${secret}` };

  const starting = aReceiver({ env });

  await expect(starting).rejects.toMatchObject({
    code: 'configuration',
    problems: [{ path: 'SHIPCTL_FICTIONAL_WEBHOOK_SECRET', message: `secret 2 of 2 ${message}` }],
  });
});
