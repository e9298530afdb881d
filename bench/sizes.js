import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import BetterSqlite3 from 'better-sqlite3';
import { temporaryFolder } from './clean-up.js';
import { shipctl, startModule } from './processes.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const SINK = fileURLToPath(new URL('./ship-due/sink.js', import.meta.url));
const EVENTS = ['waiting-for-collection', 'in-transit', 'failed-to-deliver', 'delivered'];

/**
 * How large things are: a shipment in the database, the program, and what it needs at run time.
 * @param {import('./bench.js').Settings} settings
 * @returns {Promise<import('./bench.js').Report>}
 */
export async function sizes({ small, progress }) {
  const orders = small ? 1_000 : 20_000;
  progress(`sizes: a database of ${orders} shipments with four events each`);
  const bytes = await shipmentBytes(orders);
  const installed = productionPackages().map((path) => [path, folderBytes(join(ROOT, path))]);
  const files = filesIn(join(ROOT, 'dist'));
  const bundle = folderBytes(join(ROOT, 'dist'));
  const kilobytes = (size) => (size / 1024).toFixed(0);
  return {
    title: 'sizes',
    tables: [
      {
        title: 'KB (1024 bytes)',
        columns: ['', 'KB'],
        rows: [
          ['a shipment with its attempt and four events, in the database', (bytes / 1024).toFixed(2)],
          [`the program, dist, ${files.length} files`, kilobytes(bundle)],
          ...largest(files).map(([file, size]) => [`  ${file}`, kilobytes(size)]),
          [
            'production dependencies, installed',
            kilobytes(installed.reduce((sum, [, size]) => sum + size, 0)),
          ],
          ...largest(installed).map(([path, size]) => [`  ${path}`, kilobytes(size)]),
        ],
      },
    ],
    targets: small
      ? []
      : [
          {
            what: 'KB in the database per shipment with four events',
            measured: bytes / 1024,
            wanted: { atMost: 1.2 },
          },
        ],
    notes: [
      'The orders themselves are not counted. better-sqlite3 has its C sources with it (deps), for where it is compiled.',
    ],
    figures: {
      shipmentBytes: bytes,
      bundle: Object.fromEntries(files),
      installed: Object.fromEntries(installed),
    },
  };
}

const largest = (files) => files.toSorted(([, a], [, b]) => b - a).slice(0, 6);

/** What the database grows by, for each shipment that is sent and reported on to its end. */
async function shipmentBytes(orders) {
  const cwd = temporaryFolder();
  const sink = await startModule(SINK, ['0']);
  try {
    await shipctl(['seed', '--generate', String(orders), '--interval', 'weekly'], { cwd });
    const before = databaseBytes(cwd, () => {});
    await shipctl(['ship-due'], { cwd, env: { SHIPCTL_FICTIONAL_URL: sink.url } });
    return (databaseBytes(cwd, addEvents) - before) / orders;
  } finally {
    await sink.stop();
    rmSync(cwd, { recursive: true, force: true });
  }
}

/** As the receiver stores them, in the order in which they come: each kind for all shipments. */
function addEvents(db) {
  const insert = db.prepare(`
    insert into tracking_events (provider, reference, event_at, code, received_at, shipment, raw)
    select provider, shipment_id, :at, :name, :at + 2000, id,
      json_object('order_id', shipment_id, 'event_name', :name, 'event_time', datetime(:at / 1000, 'unixepoch'))
    from shipments`);
  for (const [index, name] of EVENTS.entries()) insert.run({ at: 1767600000000 + index * 3_600_000, name });
}

function databaseBytes(cwd, change) {
  const db = new BetterSqlite3(join(cwd, 'shipctl.db'));
  change(db);
  const bytes = db.pragma('page_count', { simple: true }) * db.pragma('page_size', { simple: true });
  db.close();
  return bytes;
}

/** Folders of the packages that `npm ci --omit=dev` installs. */
function productionPackages() {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  return Object.keys(packages).filter(
    (path) =>
      path !== '' && !packages[path].dev && !packages[path].devOptional && existsSync(join(ROOT, path)),
  );
}

function folderBytes(folder) {
  return filesIn(folder).reduce((sum, [, size]) => sum + size, 0);
}

/** @returns {[path: string, bytes: number][]} */
function filesIn(folder) {
  return readdirSync(folder, { recursive: true }).flatMap((path) => {
    const entry = statSync(join(folder, path));
    return entry.isFile() ? [[path, entry.size]] : [];
  });
}
