// A load generator in a process of its own: each connection sends a delivery and waits for its answer, then the next.
import { cpuTimeMs, machineBusyMs } from '../machine.js';
import { CLIENTS } from './clients.js';
import { makeDeliveries } from './requests.js';

/**
 * @typedef {object} Job
 * @property {string} url
 * @property {number} pid the server's
 * @property {keyof typeof CLIENTS} client
 * @property {number} connections
 * @property {number} shipments
 * @property {string | undefined} secret with which to sign
 * @property {number} warmUp deliveries before the time is taken
 * @property {number} count deliveries at most
 * @property {number} durationMs
 * @property {string} answer what each must be answered with
 *
 * @typedef {object} Figures
 * @property {number} answers all that were got, those before the time was taken too
 * @property {number} perSecond
 * @property {number} p50Ms
 * @property {number} p99Ms
 * @property {number | null} serverCpuUs per answer; null where the system does not tell
 * @property {number | null} serverBusy the share of the time that the server's main thread was at work
 * @property {number} clientBusy
 * @property {number | null} othersBusy cores that neither of them used
 */

process.once('message', async (job) => {
  process.send(await load(job), () => process.disconnect());
});

/** @param {Job} job @returns {Promise<Figures>} */
async function load({
  url,
  pid,
  client: name,
  connections,
  shipments,
  secret,
  warmUp,
  count,
  durationMs,
  answer,
}) {
  const deliveries = makeDeliveries({ count: warmUp + count, shipments, secret });
  const target = new URL('/webhooks/fictional', url);
  // Always with many connections: a server that never had more than one has not been compiled as it will be.
  const warm = await run(await CLIENTS[name](target, 64), 64, deliveries.slice(0, warmUp), Infinity, answer);
  const before = usage(pid);
  const measured = await run(
    await CLIENTS[name](target, connections),
    connections,
    deliveries.slice(warmUp),
    durationMs,
    answer,
  );
  const after = usage(pid);
  const answers = measured.latencies.length;
  const elapsedMs = measured.elapsedMs;
  const spent = (read) => (before.server && after.server ? read(after) - read(before) : null);
  const clientMs = after.client - before.client;
  const serverMs = spent(({ server }) => server.all);
  const loopMs = spent(({ server }) => server.main);
  const sorted = measured.latencies.sort((a, b) => a - b);
  const percentile = (share) => sorted[Math.min(answers - 1, Math.floor(share * answers))];
  return {
    answers: warm.latencies.length + answers,
    perSecond: (answers / elapsedMs) * 1000,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    serverCpuUs: serverMs === null ? null : (serverMs / answers) * 1000,
    serverBusy: loopMs === null ? null : loopMs / elapsedMs,
    clientBusy: clientMs / elapsedMs,
    othersBusy:
      serverMs === null
        ? null
        : Math.max(0, (after.machine - before.machine - serverMs - clientMs) / elapsedMs),
  };
}

function usage(pid) {
  const { user, system } = process.cpuUsage();
  return { server: cpuTimeMs(pid), client: (user + system) / 1000, machine: machineBusyMs() };
}

/** @param {import('./clients.js').Client} client */
async function run(client, connections, deliveries, durationMs, answer) {
  const requests = deliveries.map(client.prepare);
  const latencies = [];
  let next = 0;
  const started = performance.now();
  const end = started + durationMs;
  const sendAll = async (_, connection) => {
    for (let sentAt = performance.now(); sentAt < end && next < requests.length; ) {
      const request = requests[next];
      next += 1;
      const received = await client.send(connection, request);
      if (received !== answer) throw new Error(`answered with ${received}`);
      const now = performance.now();
      latencies.push(now - sentAt);
      sentAt = now;
    }
  };
  await Promise.all(Array.from({ length: connections }, sendAll));
  const elapsedMs = performance.now() - started;
  await client.close();
  return { latencies, elapsedMs };
}
