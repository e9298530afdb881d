// The same work in batches, and nothing else: no leases, retries, limits, providers to choose from, events or other runs.
import { Pool } from 'undici';
import { openByHand, send } from './by-hand.js';
import { cpuUs } from './cpu.js';

// Larger ones gain nothing.
const PLANNED_AT_ONCE = 512;
const RECORDED_AT_ONCE = 384;

process.once('message', async ({ database, url, concurrency }) => {
  const { plan, record, close } = openByHand(database);
  const pool = new Pool(url, { connections: concurrency, pipelining: 1 });
  let planned = [];
  let results = [];
  let sent = 0;
  const next = () => {
    if (planned.length === 0) planned = plan(PLANNED_AT_ONCE);
    return planned.pop();
  };
  const recordAll = () => {
    record(results);
    sent += results.length;
    results = [];
  };
  const worker = async () => {
    for (let shipment = next(); shipment; shipment = next()) {
      results.push(await send(pool, shipment));
      if (results.length === RECORDED_AT_ONCE) recordAll();
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  recordAll();
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  close();
  process.send({ sent, seconds, cpuUs: cpuUs() }, () => process.disconnect());
});
