import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { moveShipments, TRANSITION_TABLE, type TransitionName } from '../../src/shipments/transitions.ts';
import { EVENT_NAMES, SHIPMENT_STATUSES, type ShipmentStatus } from '../../src/vocabulary.ts';
import { temporaryDatabase } from '../support/workspace.ts';
import { aShipment } from '../webhooks/support.ts';

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
const NAMES = Object.keys(TRANSITION_TABLE).filter(
  (name): name is TransitionName => name in TRANSITION_TABLE,
);
const CLAIM = 3;

describe.each(NAMES)('%s', (name) => {
  const { from, to } = TRANSITION_TABLE[name];

  it('moves shipments from where it may start, and no others', async () => {
    const { db, ids } = await aShipmentOfEachStatus();

    const moved = await db.transaction().execute((trx) => moveShipments(trx, name, moves(ids, CLAIM)));

    expect(statusesOf(ids, moved)).toEqual(SHIPMENT_STATUSES.filter((status) => from.includes(status)));
    const now = await readStatuses(db);
    for (const [status, id] of ids) {
      const after = moved.includes(id) && to !== 'same' ? to : [status];
      expect(after).toContain(now.get(id));
    }
  });

  it('leaves alone what was claimed since', async () => {
    const { db, ids } = await aShipmentOfEachStatus();
    const before = await db.selectFrom('shipments').selectAll().execute();

    const moved = await db.transaction().execute((trx) => moveShipments(trx, name, moves(ids, CLAIM - 1)));

    expect(moved).toEqual([]);
    expect(await db.selectFrom('shipments').selectAll().execute()).toEqual(before);
  });
});

it('begins a later edition once: after that it can not be cancelled any more', async () => {
  const { db } = await temporaryDatabase();
  const id = await aShipment(db, { status: 'sending', claim: CLAIM, attempts: 0 });
  const move = (name: 'begin' | 'cancelEdition') =>
    db.transaction().execute((trx) => moveShipments(trx, name, [{ id, claim: CLAIM, reason: 'cancelled' }]));

  const begun = await move('begin');
  const cancelled = await move('cancelEdition');

  expect([begun, cancelled]).toEqual([[id], []]);
});

it('is the only place that writes shipments', () => {
  const writes =
    /(?:update|insert\s+into|delete\s+from)\s+shipments\b|(?:updateTable|insertInto|deleteFrom)\(\s*'shipments'/i;
  const writers = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .filter((file) => writes.test(readFileSync(join(SOURCES, file), 'utf8')));

  expect(writers).toEqual([join('shipments', 'transitions.ts')]);
});

it('is what the README of dispatch shows', () => {
  const readme = readFileSync(join(SOURCES, 'dispatch/README.md'), 'utf8');

  expect(readme).toContain(diagram());
  expect(readme).toContain(table());
});

/** One line for each pair of states, with the names of the transitions between them. */
function diagram(): string {
  const edges = new Map<string, string[]>();
  for (const name of NAMES) {
    const { from, to } = TRANSITION_TABLE[name];
    if (to === 'same') continue;
    for (const edge of new Set(
      from.flatMap((one) => to.map((other) => `${nodeOf(one)} --> ${nodeOf(other)}`)),
    )) {
      const [one, other] = edge.split(' --> ');
      // Those that may leave the state as it is are in the table.
      if (one === other) continue;
      edges.set(edge, [...(edges.get(edge) ?? []), name]);
    }
  }
  const lines = [...edges].map(([edge, names]) => `    ${edge}: ${names.join(', ')}`).sort();
  return ['```mermaid', 'stateDiagram-v2', '    [*] --> sending: plan', ...lines, '```'].join('\n');
}

function table(): string {
  const rows = NAMES.map((name) => {
    const { does, from, to } = TRANSITION_TABLE[name];
    return `| \`${name}\` | ${listed(from)} | ${to === 'same' ? 'the same' : listed(to)} | ${does} |`;
  });
  return ['| transition | from | to | what happens |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function listed(statuses: readonly ShipmentStatus[]): string {
  const nodes = [...new Set(statuses.map(nodeOf))];
  return statuses.length === SHIPMENT_STATUSES.length ? 'any' : nodes.join(', ');
}

function nodeOf(status: ShipmentStatus): string {
  return EVENT_NAMES.some((name) => name === status) ? 'tracked' : status;
}

async function aShipmentOfEachStatus() {
  const { db } = await temporaryDatabase();
  const ids = new Map<ShipmentStatus, number>();
  for (const status of SHIPMENT_STATUSES) {
    const id = await aShipment(db, {
      shipment_id: `co-${status}`,
      status,
      attempts: 0,
      claim: CLAIM,
      ...(EVENT_NAMES.some((name) => name === status) && { sent_at: 1_000 }),
    });
    ids.set(status, id);
  }
  return { db, ids };
}

/** With a value for everything that a transition may want to know; each uses its own. */
function moves(ids: ReadonlyMap<ShipmentStatus, number>, claim: number) {
  return [...ids.values()].map((id) => ({
    id,
    claim,
    run: 1,
    status: 'sent',
    status_at: null,
    pending_for: null,
    next_attempt_at: null,
    sent_at: 5_000,
    error: null,
    reason: 'for a test',
    crashes: 1,
    tracking_number: 'OP1',
    tracked_by_number: 1,
    provider: 'oddpost',
    body: '{}',
    order_version: 1,
  }));
}

function statusesOf(ids: ReadonlyMap<ShipmentStatus, number>, moved: readonly number[]): ShipmentStatus[] {
  return [...ids].flatMap(([status, id]) => (moved.includes(id) ? status : []));
}

async function readStatuses(db: Db): Promise<ReadonlyMap<number, ShipmentStatus>> {
  const { rows } = await sql<{
    id: number;
    status: ShipmentStatus;
  }>`select id, status from shipments`.execute(db);
  return new Map(rows.map(({ id, status }) => [id, status]));
}
