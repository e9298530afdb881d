import { expect, test } from 'vitest';
import type { Db } from '../../src/db/open.ts';
import { readBacklog, workOfProviders } from '../../src/dispatch/claims/backlog.ts';
import {
  type ClaimedShipment,
  claimBacklog,
  claimQuarantined,
  claimRetries,
  unclaim,
} from '../../src/dispatch/claims/claim.ts';
import { planDryRun } from '../../src/dispatch/claims/dry-run.ts';
import { planAndClaim } from '../../src/dispatch/claims/plan-and-claim.ts';
import { type Disposition, recordResults } from '../../src/dispatch/claims/record-results.ts';
import { otherHolders, rescue } from '../../src/dispatch/claims/rescue.ts';
import { generateOrders } from '../../src/orders/generate.ts';
import { loadOrders } from '../../src/orders/load.ts';
import { fictional } from '../../src/providers/fictional.ts';
import { listEvents } from '../../src/shipments/event-list.ts';
import { storeEvents } from '../../src/shipments/events.ts';
import { nearestOrderId, readOrderDetail } from '../../src/shipments/order-detail.ts';
import { readOverview } from '../../src/shipments/overview.ts';
import { retryRejected } from '../../src/shipments/retry-rejected.ts';
import { aClaimant } from '../support/claimant.ts';
import { queryPlans } from '../support/query-plans.ts';
import { temporaryDatabase } from '../support/workspace.ts';

const TODAY = '2026-05-22';

const PROVIDERS = new Map([[fictional.name, fictional]]);
const SENT: Disposition = {
  status: 'sent',
  nextAttemptAt: null,
  attempt: 'accepted',
  httpStatus: 201,
  error: null,
};
const TO_BE_RETRIED: Disposition = {
  status: 'pending',
  nextAttemptAt: 5,
  attempt: 'unanswered',
  httpStatus: 503,
  error: 'HTTP 503',
};

/** Of five orders three were planned: one is sent, one is to be tried again, one is being sent. */
async function aShop() {
  const { db } = await temporaryDatabase();
  await loadOrders(db, generateOrders(5, 'weekly'), TODAY);
  const run = await aClaimant(db, TODAY, { run_id: 'run-1' });
  const { claimed } = await planAndClaim(db, PROVIDERS, run, 3);
  const [sent, toRetry, sending] = claimed;
  if (!sent || !toRetry || !sending) throw new Error('three orders are due');
  await recordResults(db, run.run, [result(sent, SENT), result(toRetry, TO_BE_RETRIED)]);
  return { db, run, other: await aClaimant(db, TODAY, { run_id: 'run-2' }), sent, sending };
}

type Shop = Awaited<ReturnType<typeof aShop>>;

const USES: [what: string, use: (db: Db, shop: Shop) => Promise<unknown>, plan: string[]][] = [
  [
    'planning what is due',
    (db, { run }) => planAndClaim(db, PROVIDERS, run, 10),
    [
      'SEARCH customer_order_items USING PRIMARY KEY (customer_order=?)',
      'SEARCH customer_orders USING INDEX customer_orders_due (provider=? AND shipping_interval=? AND next_due_on<?)',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  [
    'recording results',
    (db, { run, sending }) => recordResults(db, run.run, [result(sending, SENT)]),
    [
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH attempts USING PRIMARY KEY (shipment=?)',
      'SEARCH event USING PRIMARY KEY (provider=? AND reference=?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=? AND event_at>?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=?)',
    ],
  ],
  [
    'recording results of shipments that were rescued',
    (db, { other, sending }) => recordResults(db, other.run, [result(sending, SENT)]),
    [
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH attempts USING PRIMARY KEY (shipment=?)',
      'SEARCH event USING PRIMARY KEY (provider=? AND reference=?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=? AND event_at>?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=?)',
    ],
  ],
  [
    'claiming retries',
    (db, { run }) => claimRetries(db, PROVIDERS, run, 10, 10),
    [
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH attempts USING PRIMARY KEY (shipment=?)',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH edition USING COVERING INDEX shipments_of_order (customer_order=? AND due_on=?)',
      'SEARCH shipments USING COVERING INDEX shipments_retrying (run=? AND provider=? AND next_attempt_at>?)',
      'SEARCH shipments USING INDEX shipments_retrying (run=? AND provider=? AND next_attempt_at<?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)',
    ],
  ],
  [
    'claiming what earlier runs left',
    (db, { other }) =>
      claimBacklog(db, PROVIDERS, other, { failed: false, givenBack: false, afterId: 1, limit: 10 }),
    [
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX shipments_pending (provider=? AND rowid>?)',
    ],
  ],
  [
    'claiming what another run has given back',
    (db, { other }) =>
      claimBacklog(db, PROVIDERS, other, { failed: false, givenBack: true, afterId: 1, limit: 10 }),
    [
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX shipments_pending (provider=? AND rowid>?)',
    ],
  ],
  [
    'giving back what was claimed and is not to be sent',
    (db, { sending }) => unclaim(db, [sending]),
    ['SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)'],
  ],
  [
    'claiming what processes may have died of',
    (db, { other }) => claimQuarantined(db, PROVIDERS, other),
    [
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX shipments_quarantined (provider=?)',
    ],
  ],
  [
    'looking for other runs',
    (db, { other }) => otherHolders(db, other),
    [
      'SCAN runs USING INDEX runs_unfinished',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX shipments_retrying (run=? AND provider=? AND next_attempt_at>?)',
      'SEARCH shipments USING INDEX shipments_sending (run=? AND provider=?)',
    ],
  ],
  [
    'rescuing from a dead run',
    rescueFirst,
    [
      'SCAN runs USING INDEX runs_unfinished',
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH attempts USING PRIMARY KEY (shipment=?)',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH edition USING COVERING INDEX shipments_of_order (customer_order=? AND due_on=?)',
      'SEARCH event USING PRIMARY KEY (provider=? AND reference=?)',
      'SEARCH runs USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX shipments_retrying (run=? AND provider=? AND next_attempt_at>?)',
      'SEARCH shipments USING INDEX shipments_sending (run=? AND provider=?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=? AND event_at>?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=?)',
    ],
  ],
  [
    'counting what is left',
    (db) => readBacklog(db, 'fictional', ['weekly', 'monthly'], TODAY),
    [
      'SCAN shipments USING INDEX shipments_sending',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH order_counts USING PRIMARY KEY (provider=? AND shipping_interval=? AND active=? AND blocked=? AND next_due_on<?)',
      'SEARCH shipments USING INDEX shipments_pending (provider=?)',
    ],
  ],
  [
    'a dry run',
    (db) =>
      drain(
        planDryRun(db, {
          providers: [fictional],
          intervals: ['weekly', 'monthly'],
          asOf: TODAY,
          limit: 10,
          nowMs: 10,
        }),
      ),
    [
      'SCAN shipments USING INDEX shipments_sending',
      'SEARCH customer_order_items USING PRIMARY KEY (customer_order=?)',
      'SEARCH customer_orders USING INDEX customer_orders_due (provider=? AND shipping_interval=? AND next_due_on<?)',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH runs USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
      'SEARCH shipments USING INDEX shipments_pending (provider=? AND rowid>?)',
    ],
  ],
  [
    'storing events',
    (db, { sent }) => storeEvent(db, sent.shipmentId),
    [
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH shipments USING INDEX shipments_tracked (tracking_number=? AND provider=?)',
      'SEARCH shipments USING INDEX sqlite_autoindex_shipments_1 (shipment_id=? AND provider=?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
    ],
  ],
  [
    'looking for providers with work',
    (db) => workOfProviders(db, ['weekly', 'monthly'], TODAY),
    ['SCAN order_counts', 'SCAN shipment_counts'],
  ],
  [
    'listing events that belong to no shipment',
    (db) => drain(listEvents(db, { unmatched: true })),
    [
      'SCAN event USING INDEX tracking_events_unmatched',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN',
    ],
  ],
  [
    'the overview',
    (db) => readOverview(db, TODAY, 0),
    ['SCAN order_counts', 'SCAN provider_pauses', 'SCAN shipment_counts', 'SCAN unmatched_event_counts'],
  ],
  [
    'one order',
    (db) => readOrderDetail(db, 'gen-0000001'),
    [
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH attempts USING PRIMARY KEY (shipment=?)',
      'SEARCH customer_order_items USING PRIMARY KEY (customer_order=?)',
      'SEARCH customer_orders USING COVERING INDEX sqlite_autoindex_customer_orders_1 (order_id=?)',
      'SEARCH customer_orders USING INDEX sqlite_autoindex_customer_orders_1 (order_id=?)',
      'SEARCH decisions USING INDEX decisions_of_shipment (shipment=?)',
      'SEARCH former_addresses USING PRIMARY KEY (customer_order=?)',
      'SEARCH newer USING INDEX shipments_of_order (customer_order=? AND due_on=?)',
      'SEARCH shipments USING INDEX shipments_of_order (customer_order=?)',
      'SEARCH shipments USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH tracking_events USING PRIMARY KEY (provider=? AND reference=?)',
    ],
  ],
  [
    'one shipment',
    (db) => readOrderDetail(db, 'gen-0000001.20260529'),
    [
      'SEARCH customer_orders USING COVERING INDEX sqlite_autoindex_customer_orders_1 (order_id=?)',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX sqlite_autoindex_shipments_1 (shipment_id=?)',
    ],
  ],
  [
    'a name that is not there',
    (db) => nearestOrderId(db, 'gen-x'),
    [
      'SEARCH customer_orders USING COVERING INDEX sqlite_autoindex_customer_orders_1 (order_id<?)',
      'SEARCH customer_orders USING COVERING INDEX sqlite_autoindex_customer_orders_1 (order_id>?)',
    ],
  ],
  [
    'loading orders again',
    (db) => loadOrders(db, generateOrders(5, 'monthly'), TODAY),
    [
      'SEARCH customer_order_items USING PRIMARY KEY (customer_order=?)',
      'SEARCH customer_orders USING INDEX sqlite_autoindex_customer_orders_1 (order_id=?)',
      'SEARCH stored USING INDEX sqlite_autoindex_customer_orders_1 (order_id=?)',
    ],
  ],
  [
    'retrying what was rejected',
    (db) =>
      drain(
        retryRejected(db, new Map([['fictional', fictional]]), {
          deciding: { by: 'someone', reason: 'why', nowMs: 10 },
          unknown: new Set(),
          failed: () => {},
        }),
      ),
    [
      'SEARCH attempts USING PRIMARY KEY (shipment=? AND claim>?)',
      'SEARCH customer_order_items USING PRIMARY KEY (customer_order=?)',
      'SEARCH customer_orders USING INDEX sqlite_autoindex_customer_orders_1 (order_id=?)',
      'SEARCH customer_orders USING INTEGER PRIMARY KEY (rowid=?)',
      'SEARCH shipments USING INDEX shipments_rejected (is_current=? AND rowid>?)',
    ],
  ],
];

test.each(USES)('%s uses its indexes', async (_what, use, plan) => {
  const shop = await aShop();

  const lines = await queryPlans(shop.db, (db) => use(db, shop));

  expect(lines).toEqual(plan);
});

function result(shipment: ClaimedShipment, disposition: Disposition) {
  return { shipment, disposition, startedAt: 1, durationMs: 1 };
}

async function rescueFirst(db: Db, { other }: Shop): Promise<void> {
  const [holder] = await otherHolders(db, other);
  if (holder) await rescue(db, PROVIDERS, other, holder, { nowMs: 20, limit: 10, resend: true });
}

function storeEvent(db: Db, reference: string) {
  const event = {
    provider: 'fictional',
    reference,
    code: 'delivered',
    eventName: 'delivered',
    eventTimeMs: 1,
    receivedAtMs: 2,
  } as const;
  return db.transaction().execute((trx) => storeEvents(trx, [{ ...event, raw: '{}' }]));
}

async function drain(all: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of all);
}
