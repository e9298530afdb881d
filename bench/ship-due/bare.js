// The most that undici's pool.request can do: the same bodies, sent by a loop that records nothing.
import BetterSqlite3 from 'better-sqlite3';
import { Pool } from 'undici';
import { cpuUs } from './cpu.js';

process.once('message', async ({ database, url, concurrency }) => {
  const db = new BetterSqlite3(database, { readonly: true });
  const shipments = db.prepare('select shipment_id, body from shipments').all();
  db.close();
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  let next = 0;
  const worker = async () => {
    while (next < shipments.length) {
      const { shipment_id, body } = shipments[next++];
      const headers = { 'content-type': 'application/json', 'idempotency-key': `"${shipment_id}"` };
      const answer = await pool.request({ path: '/orders', method: 'POST', headers, body });
      await answer.body.text();
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  process.send({ sent: shipments.length, seconds, cpuUs: cpuUs() }, () => process.disconnect());
});
