// The same work as one would first write it: one order at a time, with a commit before and after each request.
import BetterSqlite3 from 'better-sqlite3';
import { Pool } from 'undici';

process.once('message', async ({ database, url, orders }) => {
  const db = new BetterSqlite3(database);
  db.pragma('synchronous = full');
  const due = db.prepare('select * from customer_orders where next_due_on <= ? order by id limit 1');
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
  const plan = db.transaction((order) => {
    const body = bodyOf(order, items.all(order.id));
    const { lastInsertRowid } = insert.run(order.id, order.next_due_on, order.order_id, body, run);
    advance.run(order.id);
    return { id: lastInsertRowid, body };
  });
  const record = db.transaction((id, status) => {
    attempt.run(id, run, Date.now(), status);
    sent.run(Date.now(), id);
  });

  const pool = new Pool(url, { connections: 1 });
  const started = performance.now();
  for (let count = 0; count < orders; count += 1) {
    const order = due.get(today);
    const { id, body } = plan.immediate(order);
    const headers = { 'content-type': 'application/json', 'idempotency-key': `"${order.order_id}"` };
    const answer = await pool.request({ path: '/orders', method: 'POST', headers, body });
    await answer.body.text();
    record.immediate(id, answer.statusCode);
  }
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  db.close();
  process.send({ sent: orders, seconds }, () => process.disconnect());
});

function bodyOf(order, items) {
  const { recipient, line_1, line_2, city, postcode, country } = order;
  return JSON.stringify({
    order_id: order.order_id,
    delivery_service: order.delivery_service,
    items: items.map(({ item_id, quantity, weight_grams }) => ({ item_id, quantity, weight: weight_grams })),
    delivery_address: { recipient, line_1, line_2, city, postcode, country },
  });
}
