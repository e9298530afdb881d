import { join } from 'node:path';
import { expect } from 'vitest';
import { type Db, openDatabase } from '../../src/db/open.ts';
import { type ReceivedEvent, storeEvents } from '../../src/shipments/events.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { temporaryFolder } from './workspace.ts';

/** Runs a command as if a time had come (a date: 08:00 in UTC); objects are added to the environment. */
export type Shop = ((now: string, ...words: (string | Record<string, string>)[]) => Promise<CliResult>) & {
  cwd: string;
  /** @param now - when; on 22 May 2026 unless it says so. */
  load: (orders: readonly object[], now?: string) => Promise<CliResult>;
};

/** A database with these orders, loaded on 22 May 2026, whose provider is at `url`. */
export async function openShop({ url, orders }: { url: string; orders: readonly object[] }): Promise<Shop> {
  const cwd = temporaryFolder();
  const load = (loaded: readonly object[], now = '2026-05-22T08:00:00Z') =>
    runCli(['seed', '-'], { cwd, stdin: JSON.stringify(loaded), now });
  expect(await load(orders)).toMatchObject({ exitCode: 0 });
  const run = (now: string, ...words: (string | Record<string, string>)[]) =>
    runCli(
      words.filter((word) => typeof word === 'string'),
      {
        cwd,
        now: now.includes('T') ? now : `${now}T08:00:00Z`,
        env: Object.assign(
          { SHIPCTL_FICTIONAL_URL: url },
          ...words.filter((word) => typeof word === 'object'),
        ),
      },
    );
  return Object.assign(run, { cwd, load });
}

export function idsOf(received: readonly { body: string }[]): string[] {
  return received.map(({ body }) => JSON.parse(body).order_id);
}

/** Looks into a shop's database, or changes it behind its back. */
export async function withDatabase<T>({ cwd }: { cwd: string }, use: (db: Db) => Promise<T>): Promise<T> {
  const { db, close } = await openDatabase(join(cwd, 'shipctl.db'), { create: false, lockWaitMs: 5_000 });
  try {
    return await use(db);
  } finally {
    await close();
  }
}

/** The provider says that it has a shipment: that it is in transit, now, unless it says otherwise. */
export function tell(
  db: Db,
  reference: string,
  {
    at = Date.now(),
    ...said
  }: Partial<Pick<ReceivedEvent, 'provider' | 'code' | 'eventName'>> & { at?: number } = {},
): Promise<unknown> {
  const inTransit = {
    provider: 'fictional',
    code: 'in-transit',
    eventName: 'in-transit',
    raw: '{}',
  } as const;
  const event = { ...inTransit, ...said, reference, eventTimeMs: at, receivedAtMs: at };
  return db.transaction().execute((trx) => storeEvents(trx, [event]));
}
