// The same work as one would first write it: one order at a time, with a commit before and after each request.
import { Pool } from 'undici';
import { openByHand, send } from './by-hand.js';
import { cpuUs } from './cpu.js';

process.once('message', async ({ database, url, orders }) => {
  const { plan, record, close } = openByHand(database);
  const pool = new Pool(url, { connections: 1 });
  const started = performance.now();
  for (let count = 0; count < orders; count += 1) {
    const [shipment] = plan(1);
    record([await send(pool, shipment)]);
  }
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  close();
  process.send({ sent: orders, seconds, cpuUs: cpuUs() }, () => process.disconnect());
});
