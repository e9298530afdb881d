import * as fc from 'fast-check';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { type Overview, type ProviderOverview, readOverview } from '../../src/shipments/overview.ts';
import { SHIPMENT_STATUSES } from '../../src/vocabulary.ts';
import { temporaryDatabase } from '../support/workspace.ts';

const TODAY = '2026-05-29';

test('tells orders that are due from those that are paused, blocked or come later', async () => {
  const { db } = await temporaryDatabase();
  await run(db, saveOrder({ id: 1, nextDueOn: '2026-05-22' }));
  await run(db, saveOrder({ id: 2, nextDueOn: '2026-05-29' }));
  await run(db, saveOrder({ id: 3, nextDueOn: '2026-06-05' }));
  await run(db, saveOrder({ id: 4, nextDueOn: '2026-05-22', active: 0 }));
  await run(db, saveOrder({ id: 5, nextDueOn: '2026-05-22', problem: "'no items'" }));
  await run(db, saveOrder({ id: 6, interval: 'monthly', nextDueOn: '2026-06-30' }));

  const overview = await readOverview(db, TODAY, 0);

  expect(overview).toMatchObject({
    totalOrders: 6,
    ordersBlocked: 1,
    intervals: new Map([
      ['weekly', { active: 4, due: 2, nextDueOn: '2026-05-22' }],
      ['monthly', { active: 1, due: 0, nextDueOn: '2026-06-30' }],
    ]),
  });
});

test('of several shipments for one due date counts the one that stands, and what a provider has', async () => {
  const { db } = await temporaryDatabase();
  await run(db, saveOrder({ id: 1 }));
  await run(db, saveShipment({ id: 1, status: 'rejected' }));
  await run(db, saveShipment({ id: 2, status: 'pending' }));
  await run(db, 'update shipments set is_current = 0 where id = 1');
  const replaced = await readOverview(db, TODAY, 0);

  await run(db, saveShipment({ id: 1, status: 'delivered' }));
  const both = await readOverview(db, TODAY, 0);

  expect(replaced.shipments).toMatchObject({ pending: 1, rejected: 0, delivered: 0 });
  expect(both.shipments).toMatchObject({ pending: 1, rejected: 0, delivered: 1 });
});

test('the counts are those of the rows, whatever is done to them', async () => {
  const { db } = await temporaryDatabase();
  const id = fc.integer({ min: 1, max: 4 });
  const interval = fc.constantFrom('weekly', 'monthly');
  const provider = fc.constantFrom('fictional', 'oddpost');
  const active = fc.constantFrom(0, 1);
  const problem = fc.constantFrom('null', "'no items'");
  const nextDueOn = fc.constantFrom('2026-05-22', TODAY, '2026-06-05');
  const statement = fc.oneof(
    fc.record({ id, provider, interval, active, problem, nextDueOn }).map(saveOrder),
    fc
      .tuple(nextDueOn, id)
      .map(([date, id]) => `update customer_orders set next_due_on = '${date}' where id = ${id}`),
    fc
      .tuple(problem, id)
      .map(([text, id]) => `update customer_orders set problem = ${text} where id = ${id}`),
    fc.tuple(id).map(([id]) => `delete from customer_orders where id = ${id}`),
    fc.record({ id, status: fc.constantFrom(...SHIPMENT_STATUSES) }).map(saveShipment),
    fc
      .tuple(fc.constantFrom(0, 1), id)
      .map(([current, id]) => `update shipments set is_current = ${current} where id = ${id}`),
    fc.tuple(provider, id).map(([name, id]) => `update shipments set provider = '${name}' where id = ${id}`),
    fc.tuple(id).map(([id]) => `delete from shipments where id = ${id}`),
  );
  await run(db, 'pragma foreign_keys = off');

  await fc.assert(
    fc.asyncProperty(fc.array(statement, { maxLength: 20 }), async (statements) => {
      for (const one of statements) await run(db, one);

      expect(await readOverview(db, TODAY, 0)).toEqual(await countRows(db));
    }),
    { numRuns: 200 },
  );
});

async function run(db: Db, statement: string): Promise<void> {
  await sql.raw(statement).execute(db);
}

interface Order {
  id: number;
  provider?: string;
  interval?: string;
  active?: number;
  /** As SQL. */
  problem?: string;
  nextDueOn?: string;
}

function saveOrder({
  id,
  provider = 'fictional',
  interval = 'weekly',
  active = 1,
  problem = 'null',
  nextDueOn = TODAY,
}: Order): string {
  return `
    insert into customer_orders (id, order_id, provider, delivery_service, shipping_interval, starts_on, next_due_on,
      active, problem, recipient, line_1, line_2, city, postcode, country)
    values (${id}, 'co-${id}', '${provider}', 'standard', '${interval}', '2026-05-22', '${nextDueOn}',
      ${active}, ${problem}, 'John Doe', 'Harrow road', '', 'London', 'W2 6NB', 'GB')
    on conflict (order_id) do update set provider = excluded.provider, shipping_interval = excluded.shipping_interval, active = excluded.active,
      problem = excluded.problem, next_due_on = excluded.next_due_on`;
}

function saveShipment({ id, status }: { id: number; status: string }): string {
  const sentAt = ['pending', 'sending', 'rejected', 'uncertain', 'cancelled'].includes(status)
    ? 'null'
    : 1000;
  const run = status === 'sending' ? 1 : 'null';
  const pendingFor = status === 'pending' ? "'released'" : 'null';
  return `
    insert into shipments (id, customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim,
      run, pending_for, sent_at)
    values (${id}, 1, '2026-05-0${id}', 'co-1.${id}', '${id < 3 ? 'fictional' : 'oddpost'}', '{}', '${status}', 0, 1, ${run}, ${pendingFor}, ${sentAt})
    on conflict (id) do update set status = excluded.status, run = excluded.run, pending_for = excluded.pending_for, sent_at = excluded.sent_at`;
}

/** The slow way. */
async function countRows(db: Db): Promise<Overview> {
  const orders = await db.selectFrom('customer_orders').selectAll().execute();
  const shipments = await db.selectFrom('shipments').selectAll().execute();
  const counting = shipments.filter(
    (row) => row.is_current === 1 || !['rejected', 'cancelled'].includes(row.status),
  );
  const ofInterval = (interval: string) => {
    const active = orders.filter((row) => row.shipping_interval === interval && row.active === 1);
    const due = active.filter((row) => row.problem === null && row.next_due_on <= TODAY);
    const nextDueOn = active.map((row) => row.next_due_on).sort()[0] ?? null;
    return { active: active.length, due: due.length, nextDueOn };
  };
  const statuses = (rows: typeof counting): Overview['shipments'] => {
    const of = (status: string) => rows.filter((row) => row.status === status).length;
    return {
      pending: of('pending'),
      sending: of('sending'),
      sent: of('sent'),
      rejected: of('rejected'),
      uncertain: of('uncertain'),
      cancelled: of('cancelled'),
      'waiting-for-collection': of('waiting-for-collection'),
      'in-transit': of('in-transit'),
      delivered: of('delivered'),
      'failed-to-deliver': of('failed-to-deliver'),
    };
  };
  const ofProvider = (name: string): [string, ProviderOverview][] => {
    const active = orders.filter((row) => row.provider === name && row.active === 1);
    const own = counting.filter((row) => row.provider === name);
    if (active.length + own.length === 0) return [];
    const due = active.filter((row) => row.problem === null && row.next_due_on <= TODAY);
    const counts = { activeOrders: active.length, dueOrders: due.length, shipments: statuses(own) };
    return [[name, { ...counts, pausedUntil: null }]];
  };
  return {
    totalOrders: orders.length,
    ordersBlocked: orders.filter((row) => row.problem !== null).length,
    intervals: new Map([
      ['weekly', ofInterval('weekly')],
      ['monthly', ofInterval('monthly')],
    ]),
    shipments: statuses(counting),
    providers: new Map(['fictional', 'oddpost'].flatMap(ofProvider)),
    unmatchedEvents: 0,
  };
}
