import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { temporaryFolder } from './clean-up.js';
import { measuredShipctl } from './measured.js';
import { shipctl } from './processes.js';
import { inTurn, median, medianRatio } from './rounds.js';

const SHIPMENTS_PER_ORDER = 5;
const FIRST_DUE = '2026-01-05';
const LAST_DUE = '2026-02-02';

const COMMANDS = {
  'status co-1': { args: ['status', 'co-1'], atMost: 1.2 },
  status: { args: ['status'], atMost: 2 },
  'ship-due, nothing due': { args: ['ship-due', '--as-of', LAST_DUE], atMost: 1.2 },
  'ship-due --dry-run, nothing due': { args: ['ship-due', '--dry-run', '--as-of', LAST_DUE], atMost: 1.2 },
};

/**
 * What should take no longer with millions of rows than with a hundred orders.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function millions({ small, rounds, progress }) {
  const folders = [];
  try {
    const [few, many] = [100, small ? 2_000 : 1_000_000].map((orders) => {
      const cwd = temporaryFolder();
      folders.push(cwd);
      return { cwd, orders };
    });
    for (const { cwd, orders } of [few, many]) {
      progress(`millions: a database of ${orders} orders and ${orders * SHIPMENTS_PER_ORDER} shipments`);
      await shipctl(['seed'], { cwd });
      await shipctl(['seed', '--generate', String(orders)], { cwd });
      fill(join(cwd, 'shipctl.db'));
    }
    const results = {};
    for (const [name, { args }] of Object.entries(COMMANDS)) {
      progress(`millions: ${name}`);
      results[name] = await inTurn(rounds, {
        few: async () => (await measuredShipctl(args, few)).ms,
        many: async () => (await measuredShipctl(args, many)).ms,
      });
    }
    return report(results, many.orders, small);
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** Five weeks in which every order was shipped and delivered, and as many events that belong to no shipment as orders. */
function fill(path) {
  const db = new BetterSqlite3(path);
  // Only while it is filled: the triggers and keys stay as they are.
  db.pragma('synchronous = off');
  db.exec(`
    begin;
    insert into runs (run_id, as_of, started_at, lease_ms, lease_until, finished_at)
      values ('filled', '${LAST_DUE}', 0, 1, 1, 1);
    update customer_orders
      set starts_on = '${FIRST_DUE}', last_due_on = '${LAST_DUE}', next_due_on = date('${LAST_DUE}', (7 + id % 28) || ' days');
    with recursive weeks (week) as (
      select 0 union all select week + 1 from weeks where week < ${SHIPMENTS_PER_ORDER - 1}
    )
    insert into shipments
      (customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim, run, sent_at)
    select id, date('${FIRST_DUE}', (week * 7) || ' days'),
      iif(week = 0, order_id, order_id || '.' || strftime('%Y%m%d', '${FIRST_DUE}', (week * 7) || ' days')), provider,
      json_object('order_id', order_id, 'delivery_service', delivery_service, 'items', json('[]'),
        'delivery_address', json_object('recipient', recipient, 'line_1', line_1, 'line_2', line_2, 'city', city,
          'postcode', postcode, 'country', country)),
      'delivered', 0, 1, (select id from runs), 1767600000000
    from weeks cross join customer_orders;
    insert into attempts (shipment, claim, run, started_at, duration_ms, outcome, http_status)
      select id, 1, run, 1767600000000, 5, 'accepted', 201 from shipments;
    insert into tracking_events (provider, reference, event_at, code, received_at, raw)
      select provider, 'unknown-' || id, 1767600000000, 'in-transit', 1767600000000, '{}' from customer_orders;
    commit`);
  db.close();
  // What was not synced here the first durable commit of a subject would have to wait for.
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}

/** @returns {import('./bench.js').Report} */
function report(results, orders, small) {
  const ratio = ({ few, many }) => medianRatio(many, few);
  return {
    title: 'millions: whole processes by the clock (medians; ratios are medians of those within each round)',
    tables: [
      {
        title: `100 orders, and ${orders.toLocaleString('en')} with ${(orders * SHIPMENTS_PER_ORDER).toLocaleString('en')} shipments`,
        columns: ['', '100: ms', 'many: ms', 'ratio'],
        rows: Object.entries(results).map(([name, times]) => [
          name,
          median(times.few).toFixed(0),
          median(times.many).toFixed(0),
          ratio(times).toFixed(2),
        ]),
      },
    ],
    targets: small
      ? []
      : Object.entries(COMMANDS).map(([name, { atMost }]) => ({
          what: `${name}, with millions to a hundred`,
          measured: ratio(results[name]),
          wanted: { atMost },
        })),
    notes: [],
    figures: results,
  };
}
