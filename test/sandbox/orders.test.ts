import { expect, test } from 'vitest';
import { clockShowing } from '../support/clock.ts';
import { anAddress } from '../support/factories.ts';
import { anOrder, aSandbox, getJson, postOrder } from './support.ts';

const LONG = 'x'.repeat(36);

test("takes the brief's order and shows it as it came", async () => {
  const { url } = await aSandbox({ clock: clockShowing(() => Date.parse('2026-05-24T09:10:00Z')) });

  const answer = await postOrder(url, anOrder(), { 'idempotency-key': '"co-1"' });

  expect(answer.status).toBe(201);
  expect(answer.json).toEqual({ order_id: 'co-1', status: 'accepted' });
  expect(await getJson(`${url}/orders`)).toEqual({
    received: 1,
    unique: 1,
    replays: 0,
    conflicts: 0,
    orders: [{ order_id: 'co-1', received_at: '2026-05-24T09:10:00Z', replays: 0, body: anOrder() }],
  });
});

test('answers 409 to the same body again and counts it as a replay', async () => {
  const { url } = await aSandbox();
  await postOrder(url, anOrder());

  const again = await postOrder(url, anOrder());

  expect(again.status).toBe(409);
  expect(again.headers.get('content-type')).toBe('application/problem+json');
  expect(await getJson(`${url}/orders`)).toMatchObject({
    received: 2,
    unique: 1,
    replays: 1,
    conflicts: 0,
    orders: [{ order_id: 'co-1', replays: 1 }],
  });
});

test('answers 422 to another body under the same order_id and keeps the first', async () => {
  const { url } = await aSandbox();
  await postOrder(url, anOrder());

  const other = await postOrder(url, anOrder({ delivery_service: 'express' }));
  const otherBytes = await postOrder(url, JSON.stringify(anOrder(), null, 1));

  expect([other.status, otherBytes.status]).toEqual([422, 422]);
  expect(await getJson(`${url}/orders`)).toMatchObject({
    received: 3,
    unique: 1,
    replays: 0,
    conflicts: 2,
    orders: [{ replays: 0, body: { delivery_service: 'standard' } }],
  });
});

test.each([
  ['no order_id', anOrder({ order_id: undefined }), ['/order_id']],
  ['an empty order_id', anOrder({ order_id: '' }), ['/order_id']],
  ['an order_id of 36 characters', anOrder({ order_id: LONG }), ['/order_id']],
  ['an order_id that is a number', anOrder({ order_id: 1 }), ['/order_id']],
  ['an unknown service', anOrder({ delivery_service: 'drone' }), ['/delivery_service']],
  ['no items', anOrder({ items: [] }), ['/items']],
  [
    'a quantity of zero',
    anOrder({ items: [{ item_id: 'a', quantity: 0, weight: 1 }] }),
    ['/items/0/quantity'],
  ],
  ['half a gram', anOrder({ items: [{ item_id: 'a', quantity: 1, weight: 0.5 }] }), ['/items/0/weight']],
  [
    'a quantity as text',
    anOrder({ items: [{ item_id: 'a', quantity: '1', weight: 1 }] }),
    ['/items/0/quantity'],
  ],
  ['no address', anOrder({ delivery_address: undefined }), ['/delivery_address']],
  [
    'no line_2',
    anOrder({ delivery_address: anAddress({ line_2: undefined }) }),
    ['/delivery_address/line_2'],
  ],
  ['a long line_2', anOrder({ delivery_address: anAddress({ line_2: LONG }) }), ['/delivery_address/line_2']],
  [
    'a country of three letters',
    anOrder({ delivery_address: anAddress({ country: 'GBR' }) }),
    ['/delivery_address/country'],
  ],
  ['an unknown field', anOrder({ 'no~t/es': 'ring twice' }), ['/no~0t~1es']],
  [
    'an unknown field in the address',
    anOrder({ delivery_address: anAddress({ floor: 3 }) }),
    ['/delivery_address/floor'],
  ],
  [
    'several problems',
    anOrder({ order_id: LONG, items: [{ item_id: 'a', quantity: -1, weight: 1, colour: 'red' }] }),
    ['/order_id', '/items/0/quantity', '/items/0/colour'],
  ],
  ['a list', '[]', ['']],
])('refuses %s and says where', async (_, order, pointers) => {
  const { url, ledger } = await aSandbox();

  const answer = await postOrder(url, order);

  expect(answer.status).toBe(422);
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  expect(answer.json.status).toBe(422);
  expect(answer.json.errors.map((error: { pointer: string }) => error.pointer)).toEqual(pointers);
  expect(ledger()).toEqual({ received: 1, unique: 0, replays: 0, conflicts: 0 });
});

test('counts characters, not bytes or UTF-16 units, and allows an empty line_2', async () => {
  const { url } = await aSandbox();
  const address = anAddress({ recipient: '🚀'.repeat(35), city: 'ß'.repeat(35), line_2: '' });

  const fits = await postOrder(url, anOrder({ delivery_address: address }));
  const tooLong = await postOrder(
    url,
    anOrder({ order_id: 'co-2', delivery_address: { ...address, recipient: '🚀'.repeat(36) } }),
  );

  expect(fits.status).toBe(201);
  expect(tooLong.status).toBe(422);
});

test.each([
  ['400 to what is not JSON', '{"order_id":', {}, 400],
  ['400 to what is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400],
  ['400 to an Idempotency-Key without quotes', JSON.stringify(anOrder()), { 'idempotency-key': 'co-1' }, 400],
  [
    '400 to the Idempotency-Key of another order',
    JSON.stringify(anOrder()),
    { 'idempotency-key': '"co-2"' },
    400,
  ],
  ['415 to another content type', JSON.stringify(anOrder()), { 'content-type': 'text/plain' }, 415],
  ['415 to a compressed body', JSON.stringify(anOrder()), { 'content-encoding': 'gzip' }, 415],
  ['413 to more than 64 KiB', ' '.repeat(64 * 1024 + 1), {}, 413],
  ['201 to exactly 64 KiB', JSON.stringify(anOrder()).padEnd(64 * 1024), {}, 201],
  [
    '201 to a content type with a charset',
    JSON.stringify(anOrder()),
    { 'content-type': 'Application/JSON; charset=utf-8' },
    201,
  ],
])('answers %s', async (_, body, headers, status) => {
  const { url, ledger } = await aSandbox();

  const answer = await postOrder(url, body, headers);

  expect(answer.status).toBe(status);
  expect(ledger()).toMatchObject({ received: 1, unique: status === 201 ? 1 : 0 });
});

test('answers 413 to a long body that does not declare its length', async () => {
  const { url } = await aSandbox();
  const body = new ReadableStream({
    start(controller) {
      for (let sent = 0; sent < 40; sent += 1) controller.enqueue(new Uint8Array(16 * 1024));
      controller.close();
    },
  });
  const headers = { 'content-type': 'application/json' };

  const answer = await fetch(`${url}/orders`, { method: 'POST', headers, body, duplex: 'half' });

  expect(answer.status).toBe(413);
});

test.each([
  ['GET', '/', 404, null],
  ['POST', '/order', 404, null],
  ['GET', '/orders/', 404, null],
  ['GET', '/orders/%ff', 404, null],
  ['GET', '/orders/co-2', 404, null],
  ['PUT', '/orders', 405, 'GET, POST'],
  ['DELETE', '/orders/co-1', 405, 'GET'],
])('answers %s %s with %i', async (method, path, status, allow) => {
  const { url, ledger } = await aSandbox();
  await postOrder(url, anOrder());

  const answer = await fetch(url + path, { method });

  expect(answer.status).toBe(status);
  expect(answer.headers.get('allow')).toBe(allow);
  expect(ledger()).toEqual({ received: 1, unique: 1, replays: 0, conflicts: 0 });
});

test('shows one order, also under an id that needs escaping', async () => {
  const { url } = await aSandbox();
  const order = anOrder({ order_id: 'ça/va "1"' });
  await postOrder(url, order);

  const shown = await getJson(`${url}/orders/${encodeURIComponent('ça/va "1"')}`);

  expect(shown).toMatchObject({ order_id: 'ça/va "1"', replays: 0, body: order });
});

test('lists more orders than fit into one piece, in the order of arrival', async () => {
  const { url } = await aSandbox();
  const ids = Array.from({ length: 500 }, (_, index) => `co-${index}`);
  for (const id of ids) await postOrder(url, anOrder({ order_id: id }));

  const listing = await getJson(`${url}/orders`);

  expect(listing.unique).toBe(500);
  expect(listing.orders.map((order: { order_id: string }) => order.order_id)).toEqual(ids);
});

test('asks for the API key where it has one', async () => {
  const { url, ledger } = await aSandbox({ apiKey: 'k-1' });

  const without = await postOrder(url, anOrder());
  const wrong = await postOrder(url, anOrder(), { authorization: 'Bearer k-2' });
  const right = await postOrder(url, anOrder(), { authorization: 'Bearer k-1' });
  const reader = await fetch(`${url}/orders`);

  expect([without.status, wrong.status, right.status, reader.status]).toEqual([401, 401, 201, 401]);
  expect(without.headers.get('www-authenticate')).toBe('Bearer');
  expect(ledger()).toEqual({ received: 3, unique: 1, replays: 0, conflicts: 0 });
});
