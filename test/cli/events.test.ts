import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/db/open.ts';
import { storeEvents } from '../../src/shipments/events.ts';
import { runCli } from '../support/run-cli.ts';
import { temporaryFolder } from '../support/workspace.ts';
import { aShipment, NOW } from '../webhooks/support.ts';

/** A shop that knows the shipment `co-1`, with one event for each of the references. */
async function aShopWithEvents(references: readonly string[]) {
  const cwd = temporaryFolder();
  const { db, close } = await openDatabase(join(cwd, 'shipctl.db'), { create: true, lockWaitMs: 1_000 });
  await aShipment(db);
  const events = references.map((reference) => ({
    provider: 'fictional',
    reference,
    code: 'in-transit',
    eventName: 'in-transit' as const,
    eventTimeMs: NOW - 60_000,
    receivedAtMs: NOW,
    raw: '{"as":"received"}',
  }));
  await db.transaction().execute((trx) => storeEvents(trx, events));
  await close();
  return { cwd };
}

test('lists the events of shipments that are not known', async () => {
  const shop = await aShopWithEvents(['co-1', 'co-2']);

  const text = await runCli(['events', '--unmatched'], shop);
  const document = (await runCli(['events', '--unmatched', '--json'], shop)).json();

  expect(text.exitCode).toBe(0);
  expect(text.stdout).toBe(
    [
      'PROVIDER   REFERENCE  EVENT       EVENT TIME            RECEIVED',
      'fictional  co-2       in-transit  2026-05-29T11:59:00Z  2026-05-29T12:00:00Z',
      '',
    ].join('\n'),
  );
  expect(document).toEqual({
    schema_version: 1,
    events: [
      {
        provider: 'fictional',
        reference: 'co-2',
        event_name: 'in-transit',
        code: 'in-transit',
        event_time: '2026-05-29T11:59:00Z',
        received_at: '2026-05-29T12:00:00Z',
        shipment_id: null,
        raw: '{"as":"received"}',
      },
    ],
    unmatched_only: true,
  });
});

test('lists all events, however many pages they fill', async () => {
  const references = Array.from({ length: 2_100 }, (_, number) => `x-${String(number).padStart(4, '0')}`);
  const shop = await aShopWithEvents(['co-1', ...references]);

  const document = (await runCli(['events', '--json'], shop)).json();
  const text = await runCli(['events'], shop);

  expect(document.events.map((event: { reference: string }) => event.reference)).toEqual([
    'co-1',
    ...references,
  ]);
  expect(document.events[0].shipment_id).toBe('co-1');
  expect(text.stdout).toContain('… and 2081 more: --json lists them all.');
});

test('says so where every event belongs to a shipment', async () => {
  const shop = await aShopWithEvents(['co-1']);

  const { stdout } = await runCli(['events', '--unmatched'], shop);

  expect(stdout).toBe('Every event belongs to a shipment.\n');
});
