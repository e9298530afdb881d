import { expect, test } from 'vitest';
import { applyEvents, type ReceivedEvent, storeEvents } from '../../src/shipments/events.ts';
import { countUnmatched } from '../../src/shipments/unmatched.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { anAttempt, aShipment, readShipment } from '../webhooks/support.ts';

const RECEIVED_AT = Date.parse('2026-05-29T12:00:00Z');

function anEvent(overrides: Partial<ReceivedEvent> = {}): ReceivedEvent {
  return {
    provider: 'fictional',
    reference: 'co-1',
    code: overrides.eventName ?? 'in-transit',
    eventName: 'in-transit',
    eventTimeMs: RECEIVED_AT - 60_000,
    receivedAtMs: RECEIVED_AT,
    raw: '{}',
    ...overrides,
  };
}

test.each([
  ['sending', 1],
  ['uncertain', 1],
  ['rejected', 1],
  ['pending', 1],
] as const)('an event proves that the provider has a shipment that is %s', async (status, attempts) => {
  const { db } = await temporaryDatabase();
  await aShipment(db, { status, attempts, last_error: 'HTTP 500' });

  await db.transaction().execute((trx) => storeEvents(trx, [anEvent()]));

  expect(await readShipment(db)).toEqual({
    status: 'in-transit',
    sent_at: RECEIVED_AT,
    next_attempt_at: null,
    last_error: null,
  });
});

test('a shipment that waits for its next attempt is not sent again once there is an event', async () => {
  const { db } = await temporaryDatabase();
  await aShipment(db, { status: 'pending', attempts: 2, next_attempt_at: RECEIVED_AT + 5000 });

  await db.transaction().execute((trx) => storeEvents(trx, [anEvent({ eventName: 'delivered' })]));

  expect(await readShipment(db)).toMatchObject({ status: 'delivered', next_attempt_at: null });
});

test('what came before the first attempt is kept, and changes nothing, also when the shipment was sent', async () => {
  const { db } = await temporaryDatabase();
  const id = await aShipment(db, { status: 'pending', attempts: 0 });

  const receipts = await db.transaction().execute((trx) => storeEvents(trx, [anEvent()]));
  const before = await readShipment(db);
  await anAttempt(db, id, { claim: 1, started_at: RECEIVED_AT - 1_000, outcome: 'accepted' });
  await db.transaction().execute(async (trx) => {
    await trx
      .updateTable('shipments')
      .set({ status: 'sent', pending_for: null, sent_at: 5000, claim: 1 })
      .where('id', '=', id)
      .execute();
    await applyEvents(trx, [id]);
  });

  expect(receipts).toEqual([{ stored: true, matched: true }]);
  expect(before).toMatchObject({ status: 'pending', sent_at: null });
  expect(await readShipment(db)).toMatchObject({ status: 'sent', sent_at: 5000 });
});

test('what lies more than a day before the first attempt is about something else', async () => {
  const { db } = await temporaryDatabase();
  const id = await aShipment(db, { status: 'uncertain', attempts: 0, claim: 1 });
  await anAttempt(db, id, { claim: 1, started_at: RECEIVED_AT - 1_000, outcome: 'unanswered' });

  await db
    .transaction()
    .execute((trx) => storeEvents(trx, [anEvent({ eventTimeMs: Date.parse('2023-05-19T13:18:45Z') })]));
  const before = await readShipment(db);
  await db.transaction().execute((trx) => storeEvents(trx, [anEvent({ eventName: 'delivered' })]));

  expect(before).toMatchObject({ status: 'uncertain' });
  expect(await readShipment(db)).toMatchObject({ status: 'delivered' });
});

test('an event that came before the attempt began, while the shipment was claimed, proves nothing', async () => {
  const { db } = await temporaryDatabase();
  const id = await aShipment(db, { status: 'sending', attempts: 0, claim: 1 });
  await db.transaction().execute((trx) => storeEvents(trx, [anEvent()]));

  await anAttempt(db, id, { claim: 1, started_at: RECEIVED_AT + 1, outcome: 'unanswered' });
  await db.transaction().execute((trx) => applyEvents(trx, [id]));

  expect(await readShipment(db)).toMatchObject({ status: 'sending' });
});

test('an event that came when the shipment was claimed again proves it, though the clock of the first attempt is ahead', async () => {
  const { db } = await temporaryDatabase();
  const id = await aShipment(db, { status: 'sending', attempts: 0, claim: 2 });
  await anAttempt(db, id, { claim: 1, started_at: RECEIVED_AT + 3_000, outcome: 'unanswered' });

  await db.transaction().execute((trx) => storeEvents(trx, [anEvent()]));

  expect(await readShipment(db)).toMatchObject({ status: 'in-transit' });
});

test('events that came before their shipment are joined to it, and say nothing of it', async () => {
  const { db } = await temporaryDatabase();
  const events = [anEvent(), anEvent({ reference: 'co-2' }), anEvent({ provider: 'other' })];
  const receipts = await db.transaction().execute((trx) => storeEvents(trx, events));

  const id = await aShipment(db, { attempts: 1 });
  await db.transaction().execute((trx) => applyEvents(trx, [id]));

  expect(receipts.map(({ matched }) => matched)).toEqual([false, false, false]);
  expect(
    await db.selectFrom('tracking_events').select(['provider', 'reference', 'shipment']).execute(),
  ).toEqual([
    { provider: 'fictional', reference: 'co-1', shipment: id },
    { provider: 'fictional', reference: 'co-2', shipment: null },
    { provider: 'other', reference: 'co-1', shipment: null },
  ]);
  expect(await readShipment(db)).toMatchObject({ status: 'sent' });
});

test('of two shipments under one tracking number each has the events of its own time', async () => {
  const { db } = await temporaryDatabase();
  const january = Date.parse('2026-01-10T12:00:00Z');
  const numbered = { tracking_number: 'OP1', tracked_by_number: 1, status: 'sent' } as const;
  const old = await aShipment(db, {
    ...numbered,
    shipment_id: 'co-1',
    attempts: 0,
    claim: 1,
    sent_at: january,
  });
  await anAttempt(db, old, { claim: 1, started_at: january, outcome: 'accepted' });
  const delivered = anEvent({
    reference: 'OP1',
    eventName: 'delivered',
    eventTimeMs: january,
    receivedAtMs: january,
  });
  await db.transaction().execute((trx) => storeEvents(trx, [delivered]));

  const now = RECEIVED_AT - 3_600_000;
  const recent = await aShipment(db, {
    ...numbered,
    shipment_id: 'co-2',
    attempts: 0,
    claim: 1,
    sent_at: now,
  });
  await anAttempt(db, recent, { claim: 1, started_at: now, outcome: 'accepted' });
  await db.transaction().execute((trx) => applyEvents(trx, [recent]));
  const before = await readShipment(db, 'co-2');
  await db.transaction().execute((trx) => storeEvents(trx, [anEvent({ reference: 'OP1' })]));

  expect(before).toMatchObject({ status: 'sent' });
  expect(await readShipment(db, 'co-1')).toMatchObject({ status: 'delivered' });
  expect(await readShipment(db, 'co-2')).toMatchObject({ status: 'in-transit' });
});

test('events that belong to no shipment are counted as they come, are joined and go', async () => {
  const { db } = await temporaryDatabase();
  const events = [anEvent(), anEvent({ reference: 'co-2' }), anEvent({ provider: 'other' }), anEvent()];
  const counted = [await countUnmatched(db)];

  await db.transaction().execute((trx) => storeEvents(trx, events));
  counted.push(await countUnmatched(db));
  const id = await aShipment(db);
  await db.transaction().execute((trx) => applyEvents(trx, [id]));
  await db.transaction().execute((trx) => storeEvents(trx, [anEvent({ eventTimeMs: 1 })]));
  counted.push(await countUnmatched(db));
  await db.deleteFrom('tracking_events').where('provider', '=', 'other').execute();
  counted.push(await countUnmatched(db));

  expect(counted).toEqual([0, 3, 2, 1]);
});

test('shipments without events stay as they are', async () => {
  const { db } = await temporaryDatabase();
  const id = await aShipment(db, { status: 'uncertain', last_error: 'timeout' });

  await db.transaction().execute((trx) => applyEvents(trx, [id]));
  await db.transaction().execute((trx) => applyEvents(trx, []));

  expect(await readShipment(db)).toMatchObject({ status: 'uncertain', last_error: 'timeout' });
});

test('of equal events in one call the first is stored, and the rest are duplicates', async () => {
  const { db } = await temporaryDatabase();
  await aShipment(db);
  await db.transaction().execute((trx) => storeEvents(trx, [anEvent({ eventTimeMs: 1 })]));

  const receipts = await db
    .transaction()
    .execute((trx) =>
      storeEvents(trx, [
        anEvent({ raw: 'first' }),
        anEvent({ raw: 'second' }),
        anEvent({ eventTimeMs: 1 }),
        anEvent({ reference: 'unknown' }),
        anEvent({ reference: 'unknown' }),
      ]),
    );

  expect(receipts).toEqual([
    { stored: true, matched: true },
    { stored: false, matched: true },
    { stored: false, matched: true },
    { stored: true, matched: false },
    { stored: false, matched: false },
  ]);
  expect(
    await db
      .selectFrom('tracking_events')
      .select('raw')
      .where('event_at', '>', 1)
      .orderBy('reference')
      .execute(),
  ).toEqual([{ raw: 'first' }, { raw: '{}' }]);
});

test('an event from the future is outdone by a later one, however many lie between', async () => {
  const { db } = await temporaryDatabase();
  await aShipment(db);
  const future = [1, 2, 3].map((hours) =>
    anEvent({ eventName: 'waiting-for-collection', eventTimeMs: RECEIVED_AT + hours * 3_600_000 }),
  );
  await db.transaction().execute((trx) => storeEvents(trx, [...future, anEvent({ eventName: 'delivered' })]));
  const before = await readShipment(db);

  const later = anEvent({
    eventName: 'failed-to-deliver',
    eventTimeMs: RECEIVED_AT + 1,
    receivedAtMs: RECEIVED_AT + 2,
  });
  await db.transaction().execute((trx) => storeEvents(trx, [later]));

  expect(before).toMatchObject({ status: 'waiting-for-collection' });
  expect(await readShipment(db)).toMatchObject({ status: 'failed-to-deliver' });
});

test.each([
  ['delivered', 'delivered'],
  ['HUB', 'in-transit'],
  ['HUB', null],
  ['delivered', null],
  ['delivered', 'failed-to-deliver'],
] as const)('keeps what code %s means: %s', async (code, eventName) => {
  const { db } = await temporaryDatabase();

  await db.transaction().execute((trx) => storeEvents(trx, [{ ...anEvent(), code, eventName }]));

  const rows = await db.selectFrom('tracking_events').select(['code', 'event_name']).execute();
  expect(rows).toEqual([{ code, event_name: eventName }]);
});
