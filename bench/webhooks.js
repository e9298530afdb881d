import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { temporaryFolder } from './clean-up.js';
import { runModule, shipctl, startModule, startShipctl } from './processes.js';
import { inTurn, median, medianRatio } from './rounds.js';

const LIMITS = fileURLToPath(new URL('./webhooks/limits.js', import.meta.url));
const LOAD = fileURLToPath(new URL('./webhooks/load.js', import.meta.url));
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const DATABASE = 'shipctl.db';

/** @type {Record<string, { start: (cwd: string, env: object) => Promise<import('./processes.js').Server>, stored?: string }>} */
const SUBJECTS = {
  // node:http as it is, parsing the JSON, storing nothing.
  bare: { start: () => startModule(LIMITS, ['bare']) },
  // The same with one durable commit per request.
  'commit each': {
    start: (cwd) => startModule(LIMITS, ['commit-each', join(cwd, DATABASE)]),
    stored: 'select count(*) from events',
  },
  // The same with one durable commit for all that came in a turn of the event loop, and nothing else.
  'commit per turn': {
    start: (cwd) => startModule(LIMITS, ['commit-turn', join(cwd, DATABASE)]),
    stored: 'select count(*) from events',
  },
  shipctl: {
    start: (cwd, env) => startShipctl(['serve-webhooks', '--port', '0'], { cwd, env }),
    stored: 'select count(*) from tracking_events where shipment is not null',
  },
};

/**
 * Durable answers per second: the receiver beside a bare server that stores nothing and one that commits each event.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function webhooks({ small, rounds, progress }) {
  const size = small
    ? { shipments: 500, warmUp: 200, count: 500, durationMs: 300 }
    : { shipments: 20_000, warmUp: 6_000, count: 40_000, durationMs: 2_000 };
  const folder = temporaryFolder();
  try {
    const template = join(folder, 'template');
    await makeDatabase(template, size.shipments);
    const results = [];
    for (const scenario of scenarios(small)) {
      progress(`webhooks: ${scenario.client}, ${title(scenario)}`);
      const trials = Object.entries(SUBJECTS).map(([name, subject]) => [
        name,
        () => trial(subject, template, { ...size, ...scenario }),
      ]);
      results.push({ ...scenario, subjects: await inTurn(rounds, Object.fromEntries(trials)) });
    }
    return report(results, small);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function scenarios(small) {
  const connectionCounts = small ? [1, 128] : [1, 32, 128];
  return ['undici', 'raw'].flatMap((client) =>
    [false, true].flatMap((signed) =>
      connectionCounts.map((connections) => ({ client, signed, connections })),
    ),
  );
}

/** Shipments that the events belong to, as `ship-due` leaves them. */
async function makeDatabase(cwd, shipments) {
  mkdirSync(cwd);
  const provider = await SUBJECTS.bare.start();
  try {
    const env = { SHIPCTL_FICTIONAL_URL: provider.url };
    await shipctl(['seed', '--generate', String(shipments)], { cwd });
    await shipctl(['ship-due'], { cwd, env });
  } finally {
    await provider.stop();
  }
}

/** One server from its start to its end, with a database of its own. */
async function trial({ start, stored }, template, { signed, ...job }) {
  const cwd = mkdtempSync(`${template}-`);
  try {
    cpSync(template, cwd, { recursive: true });
    const server = await start(cwd, signed ? { SHIPCTL_FICTIONAL_WEBHOOK_SECRET: SECRET } : {});
    const { url, pid } = server;
    const figures = await runModule(LOAD, {
      ...job,
      url,
      pid,
      secret: signed ? SECRET : undefined,
      answer: '200 {"status":"stored"}',
    }).finally(server.stop);
    if (stored !== undefined) checkStored(join(cwd, DATABASE), stored, figures.answers);
    return figures;
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function checkStored(path, query, answers) {
  const database = new BetterSqlite3(path, { readonly: true });
  const rows = database.prepare(query).pluck().get();
  database.close();
  if (rows !== answers) throw new Error(`${answers} events were answered with 200, but ${rows} are stored`);
}

function title({ signed, connections }) {
  return `${signed ? 'signed' : 'unsigned'}, ${connections} connection${connections === 1 ? '' : 's'}`;
}

/**
 * @param {boolean} small then nothing is promised: servers that have just started are slow
 * @returns {import('./bench.js').Report}
 */
function report(results, small) {
  const figures = results.map(({ subjects, ...scenario }) => ({
    ...scenario,
    subjects: summarize(subjects),
  }));
  const required = figures.find(
    ({ client, signed, connections }) => client === 'undici' && signed && connections === 128,
  );
  const { rateToBare, p99ToBare } = required.subjects.shipctl;
  return {
    title: 'webhooks: durable answers per second (medians; ratios are medians of those within each round)',
    tables: ['undici', 'raw'].map((client) =>
      table(
        client,
        figures.filter((row) => row.client === client),
      ),
    ),
    targets: small
      ? []
      : [
          { what: 'signed, 128 connections: rate, to bare', measured: rateToBare, wanted: { atLeast: 0.85 } },
          { what: 'signed, 128 connections: p99, to bare', measured: p99ToBare, wanted: { atMost: 1.5 } },
        ],
    notes: [
      'bare: node:http that parses the JSON and stores nothing. commit each: the same with one durable commit per event.',
      'commit per turn: with one for all that came in a turn of the event loop, into one table; it checks nothing.',
      'Every event is another one; the rows stored were equal to the 200s in every trial.',
      'us/answer: CPU time of the server. server, client: how busy the main thread of each was; from 85 % on it is the limit.',
      'others: cores that other programs used meanwhile; where that is much, measure again.',
    ],
    figures,
  };
}

function summarize(subjects) {
  const bare = subjects.bare;
  const each = (rounds, key) => rounds.map((round) => round[key]);
  return Object.fromEntries(
    Object.entries(subjects).map(([name, rounds]) => {
      const middle = (key) =>
        rounds.some((round) => round[key] === null) ? null : median(each(rounds, key));
      return [
        name,
        {
          perSecond: middle('perSecond'),
          p50Ms: middle('p50Ms'),
          p99Ms: middle('p99Ms'),
          rateToBare: medianRatio(each(rounds, 'perSecond'), each(bare, 'perSecond')),
          p99ToBare: medianRatio(each(rounds, 'p99Ms'), each(bare, 'p99Ms')),
          serverCpuUs: middle('serverCpuUs'),
          serverBusy: middle('serverBusy'),
          clientBusy: middle('clientBusy'),
          othersBusy: middle('othersBusy'),
          rounds,
        },
      ];
    }),
  );
}

/** @returns {import('./table.js').Table} */
function table(client, figures) {
  const fixed = (digits) => (value) => (value === null ? '-' : value.toFixed(digits));
  const percent = (value) => (value === null ? '-' : `${Math.round(value * 100)} %`);
  const columns = [
    ['answers/s', 'perSecond', fixed(0)],
    ['to bare', 'rateToBare', fixed(2)],
    ['p50 ms', 'p50Ms', fixed(2)],
    ['p99 ms', 'p99Ms', fixed(2)],
    ['to bare', 'p99ToBare', fixed(2)],
    ['us/answer', 'serverCpuUs', fixed(0)],
    ['server', 'serverBusy', percent],
    ['client', 'clientBusy', percent],
    ['others', 'othersBusy', fixed(2)],
  ];
  return {
    title: `client: ${client}`,
    columns: ['', ...columns.map(([heading]) => heading), 'limited by'],
    rows: figures.flatMap((scenario) =>
      Object.entries(scenario.subjects).map(([name, subject]) => [
        `${title(scenario)}: ${name}`,
        ...columns.map(([, key, format]) => format(subject[key])),
        limitOf(subject),
      ]),
    ),
  };
}

/** Which side was at its limit; where neither was, both waited: for the disk, for each other, or for a core. */
function limitOf({ serverBusy, clientBusy, othersBusy }) {
  const busy = [
    ...(serverBusy !== null && serverBusy > 0.85 ? ['server'] : []),
    ...(clientBusy > 0.85 ? ['client'] : []),
    ...(othersBusy !== null && othersBusy > 0.25 ? ['others'] : []),
  ];
  return busy.length > 0 ? busy.join(', ') : 'waiting';
}
