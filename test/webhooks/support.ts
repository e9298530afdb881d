import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { Webhook } from 'standardwebhooks';
import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { type Db, openDatabase } from '../../src/db/open.ts';
import { createLog } from '../../src/log.ts';
import { fictional } from '../../src/providers/fictional.ts';
import type { Provider } from '../../src/providers/provider.ts';
import type { AttemptOutcome, ShipmentStatus } from '../../src/vocabulary.ts';
import { startReceiver } from '../../src/webhooks/receiver.ts';
import { clockShowing } from '../support/clock.ts';
import { temporaryFolder } from '../support/workspace.ts';

export const NOW = Date.parse('2026-05-29T12:00:00Z');
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const OTHER_SECRET = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX';

/** A receiver on a fresh database; it is closed with the test. Its clock stands still unless the test moves it. */
export async function aReceiver(
  options: {
    env?: Record<string, string>;
    providers?: readonly Provider[];
    limits?: { waiting?: number; bytes?: number };
    port?: number;
    adminPort?: number;
    lastAcceptMs?: number;
    lockWaitMs?: number;
    /** Its timers; what it shows is the clock of the receiver all the same. */
    timers?: Pick<Clock, 'after' | 'sleep'>;
  } = {},
) {
  const providers = options.providers ?? [fictional];
  const path = join(temporaryFolder(), 'shipctl.db');
  const database = await openDatabase(path, { create: true, lockWaitMs: options.lockWaitMs ?? 60_000 });
  onTestFinished(() => database.close());
  const clock = { nowMs: NOW };
  const lines: string[] = [];
  const receiver = await startReceiver({
    database,
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    settings: settingsOf(options.env ?? {}, providers),
    clock: { ...clockShowing(() => clock.nowMs), monotonic: () => clock.nowMs, ...options.timers },
    log: createLog({
      write: (line) => lines.push(line),
      format: 'text',
      from: 'info',
      clock: clockShowing(() => NOW),
    }),
    host: '127.0.0.1',
    port: options.port ?? 0,
    adminPort: options.adminPort,
    limits: options.limits ?? {},
    lastAcceptMs: options.lastAcceptMs ?? 0,
  });
  let closed: ReturnType<typeof receiver.close> | undefined;
  const close = () => {
    closed ??= receiver.close();
    return closed;
  };
  onTestFinished(async () => void (await close()));
  return {
    url: receiver.url,
    adminUrl: receiver.adminUrl,
    lost: receiver.lost,
    close,
    clock,
    lines,
    db: database.db,
    path,
  };
}

export function settingsOf(env: Record<string, string>, providers: readonly Provider[]) {
  return readConfig(env, providers).config.providers;
}

/** Another program that holds the write lock. */
export function lockDatabase(path: string): { release(): void } {
  const other = new BetterSqlite3(path);
  other.exec('begin immediate');
  onTestFinished(() => void other.close());
  return { release: () => void other.exec('rollback') };
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests read into it with literals
  body: any;
}

export const anEvent = (overrides: Record<string, unknown> = {}) =>
  JSON.stringify({
    order_id: 'co-1',
    event_name: 'in-transit',
    event_time: '2026-05-28 13:18:45',
    ...overrides,
  });

/** Delivers a body to the fictional provider's path. */
export async function deliver(
  url: string,
  body: string,
  headers: Record<string, string> = {},
  provider = 'fictional',
): Promise<Answer> {
  const response = await fetch(`${url}/webhooks/${provider}`, {
    method: 'POST',
    // Not kept alive, so that a receiver can close at once.
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The headers of a Standard Webhooks delivery. */
export function signature(
  body: string,
  { secret = SECRET, id = 'msg_1', atMs = NOW }: { secret?: string; id?: string; atMs?: number } = {},
): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(atMs / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, new Date(atMs), body),
  };
}

/** A connection that sends what `fetch` would not; destroyed with the test. */
export async function connectTo(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes until the other side ends the connection. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  if (!socket.destroyed) await once(socket, 'close');
  return Buffer.concat(chunks).toString('utf8');
}

/** Sends bytes as they are and reads the one answer, of a receiver that closes the connection after it. */
export async function exchange(url: string, request: string | Buffer) {
  const socket = await connectTo(url);
  const reading = readAll(socket);
  socket.write(request);
  return parseAnswer(await reading);
}

export function parseAnswer(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n', 2);
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = new Headers(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return {
    status: Number(statusLine.split(' ')[1]),
    headers,
    body: body === '' ? undefined : JSON.parse(body),
  };
}

/** A shipment of an order of its own, as the dispatcher leaves it: `sent` unless told otherwise. */
export async function aShipment(
  db: Db,
  overrides: {
    shipment_id?: string;
    status?: ShipmentStatus;
    attempts?: number;
    next_attempt_at?: number;
    last_error?: string;
    claim?: number;
    sent_at?: number;
    tracking_number?: string;
    tracked_by_number?: 0 | 1;
  } = {},
): Promise<number> {
  const { attempts = 1, ...shipment } = {
    shipment_id: 'co-1',
    status: 'sent',
    ...overrides,
  } satisfies typeof overrides;
  const run = await db
    .insertInto('runs')
    .values({
      run_id: `run-${shipment.shipment_id}`,
      shipping_interval: null,
      as_of: '2026-05-22',
      started_at: 1,
      lease_ms: 1,
      lease_until: 2,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const order = await db
    .insertInto('customer_orders')
    .values({
      order_id: shipment.shipment_id,
      provider: 'fictional',
      delivery_service: 'standard',
      shipping_interval: 'weekly',
      starts_on: '2026-05-22',
      next_due_on: '2026-05-29',
      last_due_on: '2026-05-22',
      recipient: 'John Doe',
      line_1: 'The battleship building',
      line_2: '',
      city: 'London',
      postcode: 'W2 6NB',
      country: 'GB',
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { id } = await db
    .insertInto('shipments')
    .values({
      customer_order: order.id,
      due_on: '2026-05-22',
      provider: 'fictional',
      body: '{}',
      skipped_periods: 0,
      claim: attempts,
      run: run.id,
      sent_at: shipment.status === 'sent' ? 1000 : null,
      pending_for:
        shipment.status === 'pending' ? (shipment.next_attempt_at == null ? 'released' : 'retrying') : null,
      ...shipment,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (let claim = 1; claim <= attempts; claim += 1) {
    await anAttempt(db, id, { claim, started_at: 1, outcome: 'unanswered' });
  }
  return id;
}

/** An attempt to send a shipment. */
export async function anAttempt(
  db: Db,
  shipment: number,
  attempt: { claim: number; started_at: number; outcome: AttemptOutcome },
): Promise<void> {
  const { id: run } = await db.selectFrom('runs').select('id').limit(1).executeTakeFirstOrThrow();
  await db
    .insertInto('attempts')
    .values({ shipment, run, duration_ms: 1, http_status: null, reason: null, ...attempt })
    .execute();
}

export async function readShipment(db: Db, shipmentId = 'co-1') {
  return db
    .selectFrom('shipments')
    .select(['status', 'sent_at', 'next_attempt_at', 'last_error'])
    .where('shipment_id', '=', shipmentId)
    .executeTakeFirstOrThrow();
}

export async function countEvents(db: Db): Promise<number> {
  const { count } = await db
    .selectFrom('tracking_events')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** One request without a body, on a connection of its own. */
export function probe(url: string, method = 'GET'): Promise<Response> {
  return fetch(url, { method, headers: { connection: 'close' } });
}

/** What was sent before on another connection has arrived when these are answered. */
export async function untilReceived(url: string): Promise<void> {
  for (let times = 0; times < 3; times += 1) await probe(`${url}/livez`);
}
