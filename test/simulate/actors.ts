import { steadyClock } from '../../src/clock.ts';
import { type ProviderSettings, readConfig } from '../../src/config.ts';
import { type Db, explainDatabaseError } from '../../src/db/open.ts';
import { sqliteCode } from '../../src/db/sqlite-dialect.ts';
import { shipDue } from '../../src/dispatch/ship-due.ts';
import { CommandError } from '../../src/errors.ts';
import type { Log, LogFields } from '../../src/log.ts';
import { loadOrders } from '../../src/orders/load.ts';
import type { CustomerOrder } from '../../src/orders/order.ts';
import { today } from '../../src/orders/schedule.ts';
import { resolveShipment } from '../../src/shipments/decisions.ts';
import { followOrders } from '../../src/shipments/follow-order.ts';
import { retryOne, retryRejected } from '../../src/shipments/retry-rejected.ts';
import { type Carrier, PROVIDERS } from './carriers.ts';
import type { Place } from './database.ts';
import type { Ledger } from './ledger.ts';
import { networkOf } from './network.ts';
import type { OrderChange, OrderPlan, Step } from './plan.ts';
import { CARRIERS, type CarrierName } from './themes.ts';
import type { Violation, Watch } from './watch.ts';
import type { Interruption, Process, World } from './world.ts';

const TIMEZONE = 'Europe/London';
const TIMEOUT_MS = 400;

/** What all that happens in a history happens to. */
export interface Stage {
  world: World;
  watch: Watch;
  place: Place;
  ledger: Ledger;
  carriers: ReadonlyMap<CarrierName, Carrier>;
  /** What the operator's files say, by order. */
  orders: Map<string, CustomerOrder>;
  /** Rejections in a row after which a run stops sending to a provider; null for the default. */
  maxRejections: number | null;
  /** The latest date that a run took for today. */
  latestDay: { value: string };
  fail(violation: Violation): void;
}

type RunStep = Pick<Step & { kind: 'run' }, 'interval' | 'concurrency' | 'limit' | 'signalAfterMs'>;

/** One execution of `ship-due`; nothing where it was killed. */
export function startRun(
  stage: Stage,
  name: string,
  step: RunStep,
  interruptions: readonly Interruption[],
): void {
  startProgram(stage, name, interruptions, async (process, db) => {
    const { world, carriers, fail } = stage;
    const asOf = today(process.clock.now(), TIMEZONE);
    if (asOf > stage.latestDay.value) stage.latestDay.value = asOf;
    const stop = new AbortController();
    if (step.signalAfterMs !== null) process.later(step.signalAfterMs, () => stop.abort());
    const settings = settingsFor(step.concurrency, stage.maxRejections);
    const byOrigin = new Map([...carriers.values()].map((carrier) => [carrier.origin, carrier]));
    const summary = await shipDue(
      {
        db,
        providers: PROVIDERS,
        assertInPlace: () => {},
        clock: steadyClock(process.clock),
        log: logOf(world, name),
        random: process.random.next,
        userAgent: 'simulate',
        connect: networkOf(world, process, byOrigin),
        onProgress: () => {},
      },
      [...carriers.values()].flatMap(({ name: carrier, provider }) => {
        const own = settings.get(carrier);
        return own ? [{ provider, settings: own }] : [];
      }),
      { interval: step.interval, asOf, limit: step.limit ?? Number.MAX_SAFE_INTEGER, stop: stop.signal },
    );
    const { due, accepted, rejected, retrying, uncertain } = summary.counts;
    const said = `due ${due}, accepted ${accepted}, rejected ${rejected}, retrying ${retrying}, uncertain ${uncertain}`;
    world.tell(name, () => `ends: ${said}`);
    if (
      due !== accepted + rejected + retrying + uncertain ||
      Math.min(due, accepted, rejected, retrying) < 0
    ) {
      fail({ rule: "a run's counts add up", message: `${name}: ${said}`, orders: [] });
    }
    if (summary.failure !== undefined) throw summary.failure;
  });
}

/** Loads changed orders anew. */
export function startLoad(
  stage: Stage,
  name: string,
  changes: readonly OrderChange[],
  interruptions: readonly Interruption[],
): void {
  for (const change of changes) {
    const order = stage.orders.get(change.orderId);
    if (order) stage.orders.set(change.orderId, changed(order, change));
  }
  const file = [...stage.orders.values()].filter(({ orderId }) =>
    changes.some((change) => change.orderId === orderId),
  );
  startProgram(stage, name, interruptions, async (process, db) => {
    await loadOrders(db, file, today(process.clock.now(), TIMEZONE), (trx, changes) =>
      followOrders(trx, PROVIDERS, changes),
    );
  });
}

export function startRetry(
  stage: Stage,
  name: string,
  orderId: string | null,
  interruptions: readonly Interruption[],
): void {
  startProgram(stage, name, interruptions, async (process, db) => {
    for (const row of shipmentsIn(stage, 'rejected')) {
      // The person did not ask the provider, and may be wrong.
      if (hasAny(stage, row)) stage.ledger.excuse(row);
    }
    const deciding = { by: 'operator', reason: 'corrected', nowMs: process.clock.now() };
    const retried: string[] = [];
    if (orderId === null) {
      try {
        for await (const { shipmentId } of retryRejected(db, PROVIDERS, {
          deciding,
          unknown: new Set(),
          failed: () => {},
        })) {
          retried.push(shipmentId);
        }
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        const message = `${name}: nothing is retried since one can't be: ${error.message}`;
        stage.fail({ rule: 'one row does not keep others from it', message, orders: [] });
      }
    } else retried.push((await retryOne(db, PROVIDERS, orderId, deciding)).shipmentId);
    stage.world.tell(name, () => `retries ${retried.join(', ') || 'nothing'}`);
  });
}

/** Asks the providers about everything that is uncertain, and says what they say; or, wrongly, that nothing was sent. */
export function startResolve(
  stage: Stage,
  name: string,
  wrongly: boolean,
  interruptions: readonly Interruption[],
): void {
  startProgram(stage, name, interruptions, async (process, db) => {
    for (const row of shipmentsIn(stage, 'uncertain')) {
      const carrier = stage.carriers.get(row.carrier);
      if (carrier?.isUnderWay(row.shipmentId)) continue;
      const booking = carrier?.booked(row.shipmentId);
      const decision = booking && !wrongly ? 'sent' : 'not-sent';
      if (booking && wrongly) stage.ledger.excuse(row);
      stage.world.tell(name, () => `says of ${row.shipmentId}: ${decision}`, [row.orderId]);
      const deciding = { by: 'operator', reason: 'asked', nowMs: process.clock.now() };
      const trackingNumber = decision === 'sent' ? booking?.trackingNumber : undefined;
      try {
        await resolveShipment(db, PROVIDERS, row.shipmentId, decision, { ...deciding, trackingNumber });
        if (decision === 'not-sent') carrier?.forget(row.shipmentId);
      } catch (error) {
        // Another process was faster.
        if (!(error instanceof CommandError)) throw error;
      }
    }
  });
}

/** A process with its own connection, that ends by itself, fails as it may, or is killed. */
function startProgram(
  stage: Stage,
  name: string,
  interruptions: readonly Interruption[],
  main: (process: Process, db: Db) => Promise<void>,
): void {
  const { world, place, watch, fail } = stage;
  const process = world.startProcess(name, interruptions);
  const run = async () => {
    const { db, close } = await place.openFor(process, watch.afterCommit);
    try {
      await main(process, db);
    } finally {
      await close();
      process.exit();
    }
  };
  process.later(0, () =>
    run().catch((error: unknown) => {
      const explained = explainDatabaseError(error, 'the database');
      const message = explained instanceof Error ? explained.message : String(error);
      world.tell(name, () => `fails: ${message}`);
      if (explained instanceof CommandError && explained.code !== 'database') return;
      const code = sqliteCode(error);
      fail({
        rule: 'no command fails',
        message: `${name}: ${code ? `${code}, ` : ''}${stackOf(error)}`,
        orders: [],
      });
    }),
  );
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first = '', second = ''] = (error.stack ?? error.message).split('\n');
  return `${first}${second}`;
}

interface ShipmentRow {
  orderId: string;
  shipmentId: string;
  dueOn: string;
  carrier: CarrierName;
}

function shipmentsIn({ watch }: Stage, status: 'rejected' | 'uncertain'): ShipmentRow[] {
  return watch.all(`select order_id as orderId, shipment_id as shipmentId, due_on as dueOn, shipments.provider as carrier
    from shipments join customer_orders on customer_orders.id = customer_order where status = '${status}' order by shipments.id`);
}

/** Whether a provider has, or may yet have, something of the due date. */
function hasAny({ ledger, watch, carriers }: Stage, due: ShipmentRow): boolean {
  if (ledger.of(due).length > 0) return true;
  return watch
    .shipments()
    .filter(({ orderId, dueOn }) => orderId === due.orderId && dueOn === due.dueOn)
    .some(({ shipmentId }) => [...carriers.values()].some((carrier) => carrier.isUnderWay(shipmentId)));
}

export function orderOf({ orderId, carrier, interval, startsOn }: OrderPlan): CustomerOrder {
  return {
    orderId,
    provider: carrier,
    deliveryService: 'standard',
    shippingInterval: interval,
    startsOn,
    active: true,
    items: [{ itemId: 'it-1', quantity: 1, weightGrams: 500 }],
    deliveryAddress: {
      recipient: 'John Doe',
      line1: 'House 1',
      line2: '',
      city: 'London',
      postcode: 'W2 6NB',
      country: 'GB',
    },
  };
}

function changed(order: CustomerOrder, { address, carrier, interval, active }: OrderChange): CustomerOrder {
  const { deliveryAddress } = order;
  return {
    ...order,
    provider: carrier ?? order.provider,
    shippingInterval: interval ?? order.shippingInterval,
    active: active ?? order.active,
    deliveryAddress:
      address === undefined ? deliveryAddress : { ...deliveryAddress, line1: `House ${address}` },
  };
}

const knownSettings = new Map<string, ReadonlyMap<string, ProviderSettings>>();

function settingsFor(
  concurrency: number,
  maxRejections: number | null,
): ReadonlyMap<string, ProviderSettings> {
  const key = `${concurrency} ${maxRejections}`;
  const known = knownSettings.get(key);
  if (known) return known;
  const environment = Object.fromEntries(
    CARRIERS.flatMap((name) => {
      const variable = `SHIPCTL_${name.toUpperCase()}`;
      return [
        [`${variable}_URL`, `http://${name}.example`],
        [`${variable}_TIMEOUT_MS`, String(TIMEOUT_MS)],
        [`${variable}_CONCURRENCY`, String(concurrency)],
        ...(maxRejections === null ? [] : [[`${variable}_MAX_REJECTIONS`, String(maxRejections)]]),
      ];
    }),
  );
  const { providers } = readConfig(environment, [...PROVIDERS.values()]).config;
  knownSettings.set(key, providers);
  return providers;
}

function logOf(world: World, name: string): Log {
  // A run's id is another one each time, and the history the same.
  const tell = (message: string, { run_id: _, ...fields }: LogFields = {}) =>
    world.tell(name, () => `${message} ${JSON.stringify(fields)}`);
  return { debug: () => {}, info: tell, warn: tell, error: tell };
}
