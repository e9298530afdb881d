import BetterSqlite3 from 'better-sqlite3';

/**
 * What has to be stored to ship each order once, and no more than that: statements by hand into the program's schema,
 * every transaction as durable as the program's.
 */
export function openByHand(database) {
  const db = new BetterSqlite3(database);
  db.pragma('synchronous = full');
  db.pragma('wal_autocheckpoint = 4000');
  const due = db.prepare(`
    select * from customer_orders
    where active = 1 and problem is null and provider = 'fictional' and shipping_interval = 'weekly' and next_due_on <= ?
    order by next_due_on, id limit ?`);
  const items = db.prepare('select * from customer_order_items where customer_order = ? order by position');
  const insert = db.prepare(`
    insert into shipments (customer_order, due_on, shipment_id, provider, body, status, skipped_periods, claim, run)
    values (?, ?, ?, 'fictional', ?, 'sending', 0, 1, ?)`);
  const advance = db.prepare(
    "update customer_orders set next_due_on = date(next_due_on, '+7 days'), last_due_on = next_due_on where id = ?",
  );
  const attempt = db.prepare("insert into attempts values (?, 1, ?, ?, 1, 'accepted', ?, null)");
  const sent = db.prepare("update shipments set status = 'sent', sent_at = ? where id = ?");
  const today = db.prepare('select min(next_due_on) from customer_orders').pluck().get();
  const run = db
    .prepare(
      "insert into runs (run_id, as_of, started_at, lease_ms, lease_until) values ('bench', ?, 0, 1, 1)",
    )
    .run(today).lastInsertRowid;
  const plan = db.transaction((limit) =>
    due.all(today, limit).map((order) => {
      const body = bodyOf(order, items.all(order.id));
      const { lastInsertRowid } = insert.run(order.id, order.next_due_on, order.order_id, body, run);
      advance.run(order.id);
      return { id: lastInsertRowid, orderId: order.order_id, body };
    }),
  );
  const record = db.transaction((results) => {
    for (const { id, httpStatus, at } of results) {
      attempt.run(id, run, at, httpStatus);
      sent.run(at, id);
    }
  });
  return {
    /** Plans the next orders in one transaction: none, where nothing is due any more. */
    plan: (limit) => plan.immediate(limit),
    /** Records what became of them in one transaction. */
    record: (results) => record.immediate(results),
    close: () => db.close(),
  };
}

/** @returns {Promise<{ id: number, httpStatus: number, at: number }>} */
export async function send(pool, { id, orderId, body }) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `"${orderId}"` };
  const answer = await pool.request({ path: '/orders', method: 'POST', headers, body });
  await answer.body.text();
  return { id, httpStatus: answer.statusCode, at: Date.now() };
}

function bodyOf(order, items) {
  const { recipient, line_1, line_2, city, postcode, country } = order;
  return JSON.stringify({
    order_id: order.order_id,
    delivery_service: order.delivery_service,
    items: items.map(({ item_id, quantity, weight_grams }) => ({ item_id, quantity, weight: weight_grams })),
    delivery_address: { recipient, line_1, line_2, city, postcode, country },
  });
}
