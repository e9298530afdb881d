import { createHmac } from 'node:crypto';
import { describe, expect, it, test, vi } from 'vitest';
import { parcelLife } from '../../src/sandbox/parcel-life.ts';
import { oddpost } from '../../src/sandbox/roles/oddpost.ts';
import { clockShowing } from '../support/clock.ts';
import { aReceiver, aSandbox, getJson } from './support.ts';

const NOW = Date.parse('2026-03-28T23:59:58.400Z');
const WAIT = { timeout: 60_000, interval: 10 };
const CONSIGNMENT_NO = /^OP[0-9A-F]{14}$/;

test('books an order, and shows it in its ledger as it came', async () => {
  const { url } = await anOddpost({ clock: clockShowing(() => NOW) });

  const answer = await post(url, aConsignment());

  expect(answer).toEqual({ status: 200, json: { results: [booked('co-1')] } });
  expect(await getJson(`${url}/orders`)).toEqual({
    received: 1,
    unique: 1,
    replays: 0,
    conflicts: 0,
    orders: [{ order_id: 'co-1', received_at: '2026-03-28T23:59:58.400Z', replays: 0, body: aConsignment() }],
  });
  expect(await getJson(`${url}/orders/co-1`)).toMatchObject({ order_id: 'co-1' });
});

test('books the same order again as another parcel, which its ledger counts', async () => {
  const { url, ledger } = await anOddpost();

  const answers = [
    await post(url, aConsignment()),
    await post(url, aConsignment()),
    await post(url, aConsignment({ serviceCode: 'EXP' })),
  ];

  const numbers = answers.map(({ json }) => json.results[0].consignmentNo);
  expect(answers.map(({ json }) => json.results[0].state)).toEqual(['BOOKED', 'BOOKED', 'BOOKED']);
  expect(new Set(numbers).size).toBe(3);
  expect(ledger()).toEqual({ received: 3, unique: 1, replays: 1, conflicts: 1 });
  expect(await lookUp(url, 'co-1')).toEqual({
    consignments: numbers.map((consignmentNo) => ({
      clientReference: 'co-1',
      state: 'BOOKED',
      consignmentNo,
    })),
  });
});

test('can be asked for an order that it dropped the answer of, and for one that it has not', async () => {
  const { url, ledger } = await anOddpost({ dropRate: 1 });

  await expect(post(url, aConsignment())).rejects.toThrow('fetch failed');

  expect(await lookUp(url, 'co-1')).toEqual({ consignments: [booked('co-1')] });
  expect(await lookUp(url, 'co-2')).toEqual({ consignments: [] });
  expect(ledger()).toEqual({ received: 1, unique: 1, replays: 0, conflicts: 0 });
});

test('asks for another time, and takes nothing, where it is to fail', async () => {
  const { url, ledger } = await anOddpost({ failRate: 1 });

  const answer = await post(url, aConsignment());
  const asked = await lookUp(url, 'co-1');

  expect(answer).toMatchObject({
    status: 200,
    json: { results: [{ clientReference: 'co-1', state: 'TRY_LATER' }] },
  });
  expect(asked).not.toHaveProperty('consignments');
  expect(ledger().unique).toBe(0);
});

test('slows down orders and questions alike', async () => {
  const { url } = await anOddpost({ rateLimit: 1 });

  const statuses = [
    (await post(url, aConsignment())).status,
    (await fetch(`${url}/v2/consignments?clientReference=co-1`)).status,
    (await post(url, aConsignment())).status,
  ];

  expect(statuses).toEqual([200, 429, 429]);
});

test.each<[what: string, body: unknown, text: string, reference: string | undefined]>([
  [
    'a body of another provider',
    { order_id: 'co-1' },
    '/consignment is missing; /order_id unknown field',
    undefined,
  ],
  ['31 characters', aConsignment({ recipientName: 'x'.repeat(31) }), '/consignment/recipientName', 'co-1'],
  [
    'three lines',
    anAddress({ lines: ['a', 'b', 'c'] }),
    '/consignment/address/lines must be at most 2',
    'co-1',
  ],
  [
    'an empty line',
    anAddress({ lines: ['a', ''] }),
    '/consignment/address/lines/1 must not be empty',
    'co-1',
  ],
  ['a long town', anAddress({ town: 'x'.repeat(31) }), '/consignment/address/town', 'co-1'],
  ['a long postcode', anAddress({ postCode: 'x'.repeat(11) }), '/consignment/address/postCode', 'co-1'],
  [
    'half a gram',
    aParcel({ unitWeightKg: 0.0005 }),
    '/consignment/parcels/0/unitWeightKg must be a weight above 0 in kg, to the gram, not 0.0005',
    'co-1',
  ],
  ['no weight', aParcel({ unitWeightKg: 0 }), '/consignment/parcels/0/unitWeightKg', 'co-1'],
  [
    'no pieces',
    aParcel({ pieces: 0 }),
    '/consignment/parcels/0/pieces must be a whole number from 1, not 0',
    'co-1',
  ],
  [
    'an unknown service',
    aConsignment({ serviceCode: 'express' }),
    '/consignment/serviceCode must be STD or EXP, not "express"',
    'co-1',
  ],
  ['an unknown field', aConsignment({ floor: 3 }), '/consignment/floor unknown field', 'co-1'],
])('refuses %s within a 200', async (_what, body, text, clientReference) => {
  const { url, ledger } = await anOddpost();

  const { status, json } = await post(url, body);

  expect(status).toBe(200);
  expect(json.results).toEqual([
    {
      ...(clientReference && { clientReference }),
      state: 'REFUSED',
      code: 'E104',
      text: expect.stringContaining(text),
    },
  ]);
  expect(ledger()).toMatchObject({ received: 1, unique: 0 });
});

test('weighs to the gram', async () => {
  const { url } = await anOddpost();

  const answers = [0.001, 0.07, 1.009, 4.035, 2_147_483.647].map((unitWeightKg, index) =>
    post(url, aParcel({ unitWeightKg }, `co-${index}`)),
  );

  for (const { json } of await Promise.all(answers)) expect(json.results[0].state).toBe('BOOKED');
});

test.each<[what: string, body: string, headers: Record<string, string>, code: string]>([
  ['what is not JSON', '{"consignment":', {}, 'E103'],
  ['another content type', '{}', { 'content-type': 'text/plain' }, 'E102'],
  ['more than 64 KiB', ' '.repeat(64 * 1024 + 1), {}, 'E101'],
])('refuses %s within a 200', async (_what, body, headers, code) => {
  const { url } = await anOddpost();

  const answer = await post(url, body, headers);

  expect(answer).toMatchObject({ status: 200, json: { results: [{ state: 'REFUSED', code }] } });
});

test.each([
  ['POST', '/orders', 405, 'GET'],
  ['PUT', '/v2/consignments', 405, 'GET, POST'],
  ['GET', '/v2', 404, null],
  ['GET', '/orders/co-2', 404, null],
])('answers %s %s with %i', async (method, path, status, allow) => {
  const { url } = await anOddpost();

  const answer = await fetch(url + path, { method });

  expect([answer.status, answer.headers.get('allow')]).toEqual([status, allow]);
});

test('asks for user and password where it has them', async () => {
  const { url, ledger } = await anOddpost({ apiKey: 'shop:s3cret' });
  const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(key).toString('base64')}` });

  const statuses = [
    (await post(url, aConsignment())).status,
    (await post(url, aConsignment(), basic('shop:other'))).status,
    (await post(url, aConsignment(), { authorization: 'Bearer shop:s3cret' })).status,
    (await fetch(`${url}/v2/consignments?clientReference=co-1`)).status,
    (await post(url, aConsignment(), basic('shop:s3cret'))).status,
  ];

  expect(statuses).toEqual([401, 401, 401, 401, 200]);
  expect(ledger()).toMatchObject({ received: 4, unique: 1 });
});

describe('its events', () => {
  it('push the whole history each time, over the clock change, half of it with odd times', async () => {
    const receiver = await aReceiver();
    const { url, events } = await anOddpost({ webhookUrl: receiver.url, clock: clockShowing(() => NOW) });

    const { json } = await post(url, aConsignment());
    await vi.waitUntil(() => events().delivered === 4, WAIT);

    const consignmentNo = json.results[0].consignmentNo;
    const history = [
      { code: 'LABEL', at: '2026-03-29T00:59:58+01:00' },
      { code: 'READY', at: '2026-03-29 00:59:59 +0100' },
      { code: 'HUB', at: '2026-03-29T01:00:00+01:00' },
      { code: 'DOOR', at: '2026-03-29 01:00:01 +0100' },
    ];
    expect(receiver.deliveries.map(({ body }) => JSON.parse(body))).toEqual(
      [1, 2, 3, 4].map((entries) => ({ consignmentNo, history: history.slice(0, entries) })),
    );
  });

  it('keep summer time', async () => {
    const receiver = await aReceiver();
    const summer = clockShowing(() => Date.parse('2026-03-29T01:00:00Z'));
    const { url, events } = await anOddpost({ webhookUrl: receiver.url, clock: summer });

    await post(url, aConsignment());
    await vi.waitUntil(() => events().delivered === 4, WAIT);

    expect(JSON.parse(receiver.deliveries[1]?.body ?? '').history).toEqual([
      { code: 'LABEL', at: '2026-03-29T03:00:00+02:00' },
      { code: 'READY', at: '2026-03-29 03:00:01 +0200' },
    ]);
  });

  it('are told of each parcel of a repeated order, and of one whose answer was dropped', async () => {
    const receiver = await aReceiver();
    const { url, events } = await anOddpost({ webhookUrl: receiver.url, dropRate: 1 });

    await expect(post(url, aConsignment())).rejects.toThrow('fetch failed');
    await expect(post(url, aConsignment())).rejects.toThrow('fetch failed');
    const { consignments } = await lookUp(url, 'co-1');
    const numbers: string[] = consignments.map((each: { consignmentNo: string }) => each.consignmentNo);
    const lives = numbers.map((number) => parcelLife(oddpost.lives, number, 0));
    await vi.waitUntil(() => events().delivered === lives.flat().length, WAIT);

    const told = receiver.deliveries.map(({ body }) => JSON.parse(body).consignmentNo);
    expect(new Set(told)).toEqual(new Set(numbers));
    expect(numbers.length).toBe(2);
  });

  it('are signed in hexadecimal, over the exact bytes', async () => {
    const receiver = await aReceiver();
    const webhookSecret = 'correct horse battery staple';
    const { url, events } = await anOddpost({ webhookUrl: receiver.url, webhookSecret });

    await post(url, aConsignment());
    await vi.waitUntil(() => events().delivered > 0, WAIT);

    const [delivery] = receiver.deliveries;
    expect(delivery?.headers['x-oddpost-signature']).toBe(
      createHmac('sha256', webhookSecret)
        .update(delivery?.body ?? '')
        .digest('hex'),
    );
    expect(delivery?.headers).not.toHaveProperty('webhook-signature');
  });

  it('are not signed with a secret that can be guessed', async () => {
    await expect(anOddpost({ webhookSecret: 'horse' })).rejects.toMatchObject({
      code: 'configuration',
      problems: [{ path: 'SHIPCTL_ODDPOST_WEBHOOK_SECRET', message: 'must be at least 24 bytes long' }],
    });
  });
});

function anOddpost(settings: Parameters<typeof aSandbox>[0] = {}) {
  return aSandbox({ role: oddpost, ...settings });
}

function aConsignment(overrides: Record<string, unknown> = {}) {
  return {
    consignment: {
      clientReference: 'co-1',
      serviceCode: 'STD',
      recipientName: 'John Doe',
      address: {
        lines: ['The battleship building', '179 harrow road'],
        town: 'London',
        postCode: 'W2 6NB',
        countryCode: 'GB',
      },
      parcels: [{ sku: 'it-1', pieces: 2, unitWeightKg: 0.01 }],
      ...overrides,
    },
  };
}

function anAddress(overrides: Record<string, unknown>) {
  return aConsignment({ address: { ...aConsignment().consignment.address, ...overrides } });
}

function aParcel(overrides: Record<string, unknown>, clientReference = 'co-1') {
  const parcel = { sku: 'it-1', pieces: 2, unitWeightKg: 0.01, ...overrides };
  return aConsignment({ clientReference, parcels: [parcel] });
}

function booked(clientReference: string) {
  return { clientReference, state: 'BOOKED', consignmentNo: expect.stringMatching(CONSIGNMENT_NO) };
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}/v2/consignments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it with literals
  return { status: answer.status, json: (await answer.json()) as any };
}

function lookUp(url: string, reference: string) {
  return getJson(`${url}/v2/consignments?clientReference=${reference}`);
}
