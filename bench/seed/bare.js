// The same rows through prepared statements, in one transaction: node bare.js <database to read> <database to fill>
import BetterSqlite3 from 'better-sqlite3';

const [from, into] = process.argv.slice(2);
const source = new BetterSqlite3(from, { readonly: true });
const target = new BetterSqlite3(into);
target.pragma('synchronous = full');
const tables = ['customer_orders', 'customer_order_items'].map((table) => {
  const columns = source
    .prepare(`select name from pragma_table_info('${table}')`)
    .pluck()
    .all()
    .filter((name) => name !== 'id');
  // In the order in which they came, whichever key the table has.
  const key = table === 'customer_orders' ? 'id' : 'customer_order';
  return {
    rows: source.prepare(`select ${columns} from ${table} order by ${key}`).raw(),
    insert: target.prepare(`insert into ${table} (${columns}) values (${columns.map(() => '?')})`),
  };
});
// Read beforehand, so that only writing is measured.
const read = tables.map(({ rows }) => rows.all());
const started = performance.now();
target.transaction(() => {
  for (const [index, { insert }] of tables.entries()) for (const row of read[index]) insert.run(row);
})();
process.stdout.write(String(performance.now() - started));
