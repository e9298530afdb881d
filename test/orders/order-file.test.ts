import { describe, expect, test } from 'vitest';
import { CommandError } from '../../src/errors.ts';
import { readOrders } from '../../src/orders/order-file.ts';
import { anAddress, anItem, anOrder } from '../support/factories.ts';

const PROVIDERS = new Map([
  ['fictional', { name: 'fictional', limits: {} }],
  ['royal-post', { name: 'royal-post', limits: { recipient: 30, line1: 30, itemId: 12 } }],
]);

describe('a good file', () => {
  test('gives the orders it lists, with what is optional filled in', () => {
    const { line_2: _, ...address } = anAddress();

    const orders = read([anOrder({ delivery_address: address })]);

    expect(orders).toEqual([
      {
        orderId: 'co-1',
        provider: 'fictional',
        deliveryService: 'standard',
        shippingInterval: 'weekly',
        startsOn: undefined,
        active: true,
        items: [{ itemId: 'it-1', quantity: 2, weightGrams: 10 }],
        deliveryAddress: {
          recipient: 'John Doe',
          line1: 'The battleship building',
          line2: '',
          city: 'London',
          postcode: 'W2 6NB',
          country: 'GB',
        },
      },
    ]);
  });

  test('may wrap its list in an object', () => {
    const order = anOrder({ starts_on: '2026-01-31', provider: 'royal-post', active: false });

    expect(read({ orders: [order] })).toMatchObject([
      { startsOn: '2026-01-31', provider: 'royal-post', active: false },
    ]);
  });

  test('may begin with a byte order mark', () => {
    expect(readText(`\uFEFF${JSON.stringify([anOrder()])}`)).toHaveLength(1);
  });

  test('may list no orders', () => {
    expect(read([])).toEqual([]);
  });

  test.each([
    ['35 characters, of two UTF-16 units each', { recipient: '𠮷'.repeat(35) }],
    ['a name with a zero-width joiner', { recipient: 'ක්\u200dරිස්ටීන්' }],
    ['an empty line_2', { line_2: '' }],
  ])('may hold %s', (_, address) => {
    expect(read([anOrder({ delivery_address: anAddress(address) })])).toHaveLength(1);
  });

  test.each([
    ['order_id', 'A'.repeat(35)],
    ['order_id', 'co_1-B'],
    ['starts_on', '2028-02-29'],
    ['items', [anItem({ quantity: 1, weight: 2_147_483_647 }), anItem({ item_id: 'x'.repeat(35) })]],
  ])('may have %s %j', (field, value) => {
    expect(read([anOrder({ [field]: value })])).toHaveLength(1);
  });
});

describe('a problem', () => {
  test.each([
    ['order_id', undefined, 'is missing'],
    ['order_id', 7, 'must be text, not 7'],
    ['order_id', '', 'must be 1 to 35 of the characters A-Z a-z 0-9 - _, not ""'],
    ['order_id', 'co.1', 'must be 1 to 35 of the characters A-Z a-z 0-9 - _, not "co.1"'],
    ['delivery_service', 'slow', 'must be standard or express, not "slow"'],
    ['shipping_interval', undefined, 'is missing'],
    ['shipping_interval', 'daily', 'must be weekly or monthly, not "daily"'],
    ['provider', 'pigeon', 'must be fictional or royal-post, not "pigeon"'],
    ['starts_on', null, 'must be text, not null'],
    ['starts_on', '2026-02-29', 'must be a real date from 1970 to 2999 such as 2026-05-29, not "2026-02-29"'],
    ['active', 'yes', 'must be true or false, not "yes"'],
    ['items', {}, 'must be a list, not an object'],
    ['items', [], 'must not be empty'],
    ['items[0]', ['it-1'], 'must be an object, not "it-1"'],
    ['items[0].item_id', [anItem({ item_id: 'x'.repeat(36) })], 'must be at most 35 characters, is 36'],
    ['items[0].quantity', [anItem({ quantity: 0 })], wholeNumber('0')],
    ['items[0].quantity', [anItem({ quantity: '2' })], wholeNumber('"2"')],
    ['items[0].weight', [anItem({ weight: 1.5 })], wholeNumber('1.5')],
    ['items[0].weight', [anItem({ weight: 2_147_483_648 })], wholeNumber('2147483648')],
    ['delivery_address', undefined, 'is missing'],
    ['delivery_address', [], 'must be an object, not a list'],
  ])('in %s (%j) is placed and named', (path, value, message) => {
    const order = anOrder({ [String(path.split('[')[0])]: value });

    expect(problemsOf([order])).toEqual([{ path: `orders[0].${path}`, message }]);
  });

  test.each([
    ['recipient', ' \u3000', 'must not be blank'],
    ['recipient', '\u200b', 'must not be blank'],
    ['line_1', 'é'.repeat(36), 'must be at most 35 characters, is 36'],
    ['line_1', 'x\ud83d', 'must be valid Unicode, holds half a surrogate pair'],
    ['line_2', ' ', 'must not be blank'],
    ['line_2', null, 'must be text, not null'],
    ['city', 'Lon\ndon', 'must not hold line breaks, tabs or other control characters'],
    ['postcode', 12345, 'must be text, not 12345'],
    ['postcode', undefined, 'is missing'],
    ['country', 'UK', 'must be an ISO 3166-1 country code such as GB, not "UK"'],
    ['country', 'gb', 'must be an ISO 3166-1 country code such as GB, not "gb"'],
    ['country', 'constructor', 'must be an ISO 3166-1 country code such as GB, not "constructor"'],
  ])('in the address’s %s (%j) is placed and named', (field, value, message) => {
    const order = anOrder({ delivery_address: anAddress({ [field]: value }) });

    expect(problemsOf([anOrder({ order_id: 'co-0' }), order])).toEqual([
      { path: `orders[1].delivery_address.${field}`, message },
    ]);
  });

  test('is a field that there is not, with the one that was probably meant', () => {
    const order = anOrder({
      start_on: '2026-05-29',
      colour: 'red',
      delivery_address: anAddress({ post_code: 'W2 6NB' }),
    });

    expect(problemsOf([order])).toEqual([
      {
        path: 'orders[0].delivery_address',
        message: 'unknown field "post_code" (did you mean postcode?)',
      },
      { path: 'orders[0]', message: 'unknown field "start_on" (did you mean starts_on?), "colour"' },
    ]);
  });

  test('is an order or an item that is listed twice, whatever else is wrong with them', () => {
    const items = [anItem(), anItem({ item_id: 'it-2' }), anItem({ quantity: -1 })];

    expect(problemsOf([anOrder(), anOrder({ order_id: 'co-2', items }), anOrder({ active: 1 })])).toEqual([
      { path: 'orders[1].items[2].quantity', message: wholeNumber('-1') },
      { path: 'orders[1].items[2].item_id', message: 'is in this order already, as items[0]' },
      { path: 'orders[2].active', message: 'must be true or false, not 1' },
      { path: 'orders[2].order_id', message: 'is taken already, by orders[0]' },
    ]);
  });

  test('is shown by its beginning where it is long', () => {
    const order = anOrder({ shipping_interval: 'x'.repeat(1_000_000) });

    expect(problemsOf([order])).toEqual([
      {
        path: 'orders[0].shipping_interval',
        message: `must be weekly or monthly, not "${'x'.repeat(40)}…"`,
      },
    ]);
  });
});

test("what the order's provider can not take is told by order and field, in words", () => {
  const tooLong = {
    items: [anItem(), anItem({ item_id: 'thirteen-char' })],
    delivery_address: anAddress({ recipient: 'x'.repeat(31), line_1: 'y'.repeat(30) }),
  };

  expect(problemsOf([anOrder({ ...tooLong, provider: 'royal-post' })])).toEqual([
    { path: 'orders[0].delivery_address.recipient', message: 'has 31 characters, and royal-post takes 30' },
    { path: 'orders[0].items[1].item_id', message: 'has 13 characters, and royal-post takes 12' },
  ]);
  expect(read([anOrder({ ...tooLong, provider: 'fictional' })])).toHaveLength(1);
});

test('a file with many problems has them all', () => {
  const error = refusal(() => read(Array.from({ length: 1_234 }, () => 'co-1')));

  expect(error.message).toBe('orders.json has 1234 problems.');
  expect(error.problems).toHaveLength(1_234);
  expect(error.problems[49]).toEqual({ path: 'orders[49]', message: 'must be an object, not "co-1"' });
});

test.each([
  [
    '[{"order_id": "x",\n"order_id": "y"}]',
    'orders.json, line 2: The JSON has the same key twice in one object.',
  ],
  ['', 'orders.json is empty.'],
  [' \n', 'orders.json is empty.'],
  ['42', 'orders.json holds no customer orders.'],
  ['null', 'orders.json holds no customer orders.'],
  [
    '[\n  {"order_id": "co-1",}\n]',
    'orders.json is not JSON: line 2, column 23: expected a name in double quotes, found "}".',
  ],
])('text that is no list of orders is refused: %j', (text, message) => {
  expect(refusal(() => readText(text)).message).toBe(message);
});

test('an object without a list of orders is refused', () => {
  expect(refusal(() => read({ order: [anOrder()] })).problems).toEqual([
    { path: 'orders', message: 'is missing' },
    { path: 'the file', message: 'unknown field "order" (did you mean orders?)' },
  ]);
});

test('bytes that are not UTF-8 are refused, with the line', () => {
  const bytes = Buffer.from('[\n{"recipient": "Zoë"}]', 'latin1');

  const error = refusal(() => readOrders(bytes, 'orders.json', PROVIDERS));

  expect(error.message).toBe('orders.json is not UTF-8 text, from line 2 on.');
});

test('a file that would not fit into the memory is refused', () => {
  const bytes = Buffer.alloc(128 * 1024 * 1024 + 1, ' ');

  expect(refusal(() => readOrders(bytes, 'orders.json', PROVIDERS)).message).toBe(
    'orders.json is larger than 128 MiB.',
  );
});

function read(data: unknown) {
  return readText(JSON.stringify(data));
}

function readText(text: string) {
  return readOrders(Buffer.from(text), 'orders.json', PROVIDERS);
}

function problemsOf(orders: unknown) {
  return refusal(() => read(orders)).problems;
}

function refusal(action: () => unknown): CommandError {
  try {
    action();
  } catch (error) {
    if (error instanceof CommandError && error.code === 'invalid_orders') return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function wholeNumber(found: string): string {
  return `must be a whole number from 1 to 2147483647, not ${found}`;
}
