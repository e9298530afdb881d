import { expect, test } from 'vitest';
import { anEvent, aReceiver, aShipment, countEvents, deliver, NOW, readShipment } from './support.ts';

const WAITING = anEvent({ event_name: 'waiting-for-collection', event_time: '2026-05-24 08:00:00' });
const IN_TRANSIT = anEvent({ event_name: 'in-transit', event_time: '2026-05-24 12:00:00' });
const FAILED = anEvent({ event_name: 'failed-to-deliver', event_time: '2026-05-25 09:00:00' });
const DELIVERED = anEvent({ event_name: 'delivered', event_time: '2026-05-26 09:10:00' });

test("stores the brief's event and gives its shipment that status", async () => {
  const { url, db } = await aReceiver();
  const id = await aShipment(db);
  const body = `{
    "order_id": "co-1",
    "event_name": "in-transit",
    "event_time": "2023-05-19 13:18:45"
  }`;

  const answer = await deliver(url, body);

  expect(answer).toMatchObject({ status: 200, body: { status: 'stored' } });
  expect(answer.headers.get('content-type')).toBe('application/json');
  expect(await db.selectFrom('tracking_events').selectAll().execute()).toEqual([
    {
      provider: 'fictional',
      reference: 'co-1',
      code: 'in-transit',
      event_name: 'in-transit',
      event_at: Date.parse('2023-05-19T13:18:45Z'),
      received_at: NOW,
      shipment: id,
      claim: 1,
      raw: body,
    },
  ]);
  expect(await readShipment(db)).toMatchObject({ status: 'in-transit', sent_at: 1000 });
});

test('answers a repeated event with duplicate and stores it once', async () => {
  const { url, db } = await aReceiver();
  await aShipment(db);

  const first = await deliver(url, DELIVERED);
  const second = await deliver(url, DELIVERED);
  const otherSpelling = await deliver(
    url,
    anEvent({ event_name: 'delivered', event_time: '2026-05-26T11:10:00+02:00', note: 'again' }),
  );

  expect(first.body).toEqual({ status: 'stored' });
  expect(second).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  expect(otherSpelling.body).toEqual({ status: 'duplicate' });
  expect(await countEvents(db)).toBe(1);
});

test('stores one of many copies that arrive at the same time', async () => {
  const { url, db, close } = await aReceiver();
  await aShipment(db);

  const answers = await Promise.all(Array.from({ length: 40 }, () => deliver(url, DELIVERED)));

  const statuses = answers.map(({ body }) => body.status).sort();
  expect(statuses).toEqual([...Array(39).fill('duplicate'), 'stored']);
  expect(await countEvents(db)).toBe(1);
  expect(await close()).toEqual({ stored: 1, unmatched: 0, duplicates: 39, refused: 0 });
});

test.each(permutations([WAITING, IN_TRANSIT, FAILED, DELIVERED]).map((order) => [order]))(
  'has the same status for the same events in any order %#',
  async (order) => {
    const { url, db } = await aReceiver();
    await aShipment(db);

    for (const body of order) await deliver(url, body);

    expect(await readShipment(db)).toMatchObject({ status: 'delivered' });
    expect(await countEvents(db)).toBe(4);
  },
);

test('lets a later event replace every status, delivered as well', async () => {
  const { url, db } = await aReceiver();
  await aShipment(db);

  await deliver(url, DELIVERED);
  await deliver(url, anEvent({ event_name: 'in-transit', event_time: '2026-05-27 07:00:00' }));

  expect(await readShipment(db)).toMatchObject({ status: 'in-transit' });
});

test('counts an event time in the future as the moment it came', async () => {
  const { url, db, clock } = await aReceiver();
  await aShipment(db);
  await deliver(url, anEvent({ event_name: 'in-transit', event_time: '2026-05-30T13:59:00Z' }));
  const whileLatest = await readShipment(db);

  clock.nowMs = NOW + 60_000;
  await deliver(url, anEvent({ event_name: 'delivered', event_time: '2026-05-29T12:00:30Z' }));

  expect(whileLatest).toMatchObject({ status: 'in-transit' });
  expect(await readShipment(db)).toMatchObject({ status: 'delivered' });
});

test('stores an event of an order that nobody knows, and says so each time', async () => {
  const { url, db, close } = await aReceiver();

  const first = await deliver(url, anEvent({ order_id: 'who' }));
  const second = await deliver(url, anEvent({ order_id: 'who' }));

  expect(first).toMatchObject({ status: 200, body: { status: 'stored', matched: false } });
  expect(second).toMatchObject({ status: 200, body: { status: 'duplicate', matched: false } });
  expect(await db.selectFrom('tracking_events').select(['reference', 'shipment']).execute()).toEqual([
    { reference: 'who', shipment: null },
  ]);
  expect(await close()).toEqual({ stored: 1, unmatched: 1, duplicates: 1, refused: 0 });
});

test('keeps the events of different shipments apart when they arrive together', async () => {
  const { url, db } = await aReceiver();
  const names = ['waiting-for-collection', 'in-transit', 'delivered', 'failed-to-deliver'] as const;
  for (const [index] of names.entries()) await aShipment(db, { shipment_id: `co-${index}` });

  await Promise.all(
    names.map((event_name, index) => deliver(url, anEvent({ order_id: `co-${index}`, event_name }))),
  );

  for (const [index, status] of names.entries()) {
    expect(await readShipment(db, `co-${index}`)).toMatchObject({ status });
  }
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  );
}
