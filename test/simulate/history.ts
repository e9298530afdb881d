import { orderOf, type Stage, startLoad, startResolve, startRetry, startRun } from './actors.ts';
import { type Carrier, createCarrier } from './carriers.ts';
import { checkAtRest, checkPlanned, checkRejected } from './checks.ts';
import type { Place } from './database.ts';
import { describeStep } from './describe-step.ts';
import { type Booking, createLedger } from './ledger.ts';
import { createParcels, type Parcels, type Post } from './parcels.ts';
import type { Plan, Step } from './plan.ts';
import { type Acknowledged, type ReceiverProcess, startReceiverProcess } from './receiver.ts';
import { CARRIERS, type CarrierName } from './themes.ts';
import { type Violation, watchDatabase } from './watch.ts';
import { createWorld, type Interruption, type Line } from './world.ts';

const DAY_MS = 86_400_000;
/** In which everything that a person asked for, and nothing else, happens. */
const QUIET_ROUNDS = 8;
const ROUNDS_AT_LEAST = 2;

/** What a plan comes to: the first promise that is broken; undefined where all are kept. */
export async function playHistory(plan: Plan, place: Place, lines?: Line[]): Promise<Violation | undefined> {
  let violation: Violation | undefined;
  const fail = (found: Violation) => {
    violation ??= found;
  };
  const world = createWorld({ ...plan, lines, isOver: () => violation !== undefined });
  const watch = watchDatabase(place.observer, world.nowMs);
  try {
    const theatre = build(plan, { world, place, watch, fail });
    await theatre.begin();
    for (const step of plan.steps) world.at(step.atMs, () => theatre.perform(step));
    await world.run();
    if (!violation) await theatre.comeToRest();
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    fail({ rule: 'the history comes to rest', message, orders: [] });
  } finally {
    await place.reset();
  }
  return violation;
}

type Base = Pick<Stage, 'world' | 'place' | 'watch' | 'fail'>;

function build(plan: Plan, base: Base) {
  const { world } = base;
  const acknowledged: Acknowledged[] = [];
  const storedAt = new Map<string, number>();
  let receiver: ReceiverProcess | undefined;
  const { stage, parcels } = setStage(plan, base, (carrier, body, answer) =>
    receiver?.receive(carrier, body, answer),
  );

  const startReceiver = (name: string, interruptions: readonly Interruption[]) => {
    receiver?.process.kill();
    openReceiver(stage, { name, interruptions, acknowledged, storedAt }, (opened) => {
      receiver = opened;
    });
  };
  const perform = performer(stage, { parcels, startReceiver, plan });

  return {
    async begin() {
      world.at(0, () => {
        startLoad(
          stage,
          'first load',
          plan.orders.map(({ orderId }) => ({ orderId })),
          [],
        );
        startReceiver('receiver 1', []);
      });
      await world.run();
    },
    perform(step: Step) {
      if (!['run', 'receiver'].includes(step.kind)) world.tell('plan', () => describeStep(step));
      perform(step);
    },
    /** Everything heals and is let to finish; then every shipment must have come to its end. */
    async comeToRest() {
      world.tell('plan', () => 'all is well from now on, and everything is let to finish');
      for (const carrier of stage.carriers.values()) carrier.heal();
      startReceiver('last receiver', []);
      const restMs = Math.max(world.nowMs(), plan.endMs);
      for (let round = 1; round <= QUIET_ROUNDS; round += 1) {
        world.at(restMs + round * 2 * 3_600_000, () => quietRound(stage, round));
      }
      await world.run();
      checkAtRest(plan, stage, { acknowledged, storedAt });
    },
  };
}

/** @param post - brings an event to whatever receiver there is. */
function setStage(plan: Plan, { world, place, watch, fail }: Base, post: Post) {
  const ledger = createLedger(watch, fail);
  const parcels = createParcels({ ...plan, world, post });
  const context = { ...plan, world, watch, ledger, fail, onBooked: parcels.begin };
  const carriers = new Map<CarrierName, Carrier>(
    CARRIERS.map((name) => [name, createCarrier(name, context)]),
  );
  const stage: Stage = {
    world,
    place,
    fail,
    ledger,
    carriers,
    orders: new Map(plan.orders.map((order) => [order.orderId, orderOf(order)])),
    watch: {
      ...watch,
      afterCommit() {
        const before = watch.shipments().length;
        watch.afterCommit();
        for (const shipment of watch.shipments().slice(before)) checkPlanned(plan, stage, shipment);
        for (const shipment of watch.shipments()) checkRejected(stage, shipment);
      },
    },
    maxRejections: plan.maxRejections,
    latestDay: { value: '' },
  };
  return { stage, parcels };
}

function openReceiver(
  { world, place, watch, fail }: Stage,
  options: {
    name: string;
    interruptions: readonly Interruption[];
    acknowledged: Acknowledged[];
    storedAt: Map<string, number>;
  },
  opened: (receiver: ReceiverProcess) => void,
): void {
  const { name, interruptions, acknowledged, storedAt } = options;
  const process = world.startProcess(name, interruptions);
  const onError = (error: unknown) =>
    fail({ rule: 'no event is refused', message: `${name}: ${error}`, orders: [] });
  process.later(0, () => {
    const opening = place.openFor(process, () => {
      watch.afterCommit();
      seeEvents(watch, storedAt, world.nowMs());
    });
    opening.then(({ db }) => {
      opened(startReceiverProcess(world, process, { db, acknowledged, onError }));
    }, onError);
  });
}

function referenceOf({ carrier, trackingNumber, shipmentId }: Booking): string {
  return carrier === 'oddpost' ? trackingNumber : shipmentId;
}

/** A run, and a person who settles what it leaves; each has ended when the next begins. */
function quietRound(stage: Stage, round: number): void {
  const { world, watch } = stage;
  const startMs = world.nowMs();
  const quiet = { interval: null, concurrency: 4, limit: null, signalAfterMs: null };
  const count = (statuses: string) =>
    watch.all(`select 1 from shipments where status in (${statuses})`).length;
  if (round > ROUNDS_AT_LEAST && count("'pending', 'sending', 'uncertain'") === 0) return;
  startRun(stage, `quiet run ${round}`, quiet, []);
  world.at(startMs + 1_800_000, () => {
    if (count("'uncertain'") > 0) startResolve(stage, `quiet resolve ${round}`, false, []);
  });
  world.at(startMs + 3_600_000, () => {
    if (round <= 2 && count("'rejected'") > 0) startRetry(stage, `quiet retry ${round}`, null, []);
  });
}

function seeEvents(watch: Base['watch'], storedAt: Map<string, number>, nowMs: number): void {
  const rows = watch.all<{ name: string }>(
    "select provider || ' ' || reference || ' ' || event_at || ' ' || code as name from tracking_events",
  );
  for (const { name } of rows) if (!storedAt.has(name)) storedAt.set(name, nowMs);
}

function performer(
  stage: Stage,
  {
    parcels,
    startReceiver,
    plan,
  }: {
    parcels: Parcels;
    startReceiver: (name: string, interruptions: readonly Interruption[]) => void;
    plan: Plan;
  },
) {
  const { world, carriers } = stage;
  return (step: Step): void => {
    switch (step.kind) {
      case 'run':
        world.tell('plan', () => describeStep(step));
        startRun(stage, step.name, step, step.interruptions);
        break;
      case 'load':
        startLoad(stage, step.name, step.changes, step.interruptions);
        break;
      case 'retry':
        startRetry(stage, step.name, step.orderId, step.interruptions);
        break;
      case 'resolve':
        startResolve(stage, step.name, step.wrongly, step.interruptions);
        break;
      case 'receiver':
        world.tell('plan', () => describeStep(step));
        startReceiver(step.name, step.interruptions);
        break;
      case 'trouble':
        carriers.get(step.carrier)?.cause({ ...step, untilMs: world.nowMs() + step.forMs });
        break;
      case 'step-clock':
        world.stepClocks(step.byMs);
        break;
      case 'sleep':
        world.sleepMachine(step.forMs);
        break;
      case 'odd-event':
        sendOddEvent(stage, parcels, plan, step);
        break;
      default:
        step satisfies never;
    }
  };
}

function sendOddEvent(
  { watch, world, carriers, ledger }: Stage,
  parcels: Parcels,
  plan: Plan,
  { carrier, orderId, odd, days }: Step & { kind: 'odd-event' },
): void {
  const own = watch.shipments().filter((each) => each.orderId === orderId && each.carrier === carrier);
  const shipmentId = own.at(-1)?.shipmentId ?? orderId;
  const booking = own.flatMap((each) => carriers.get(carrier)?.booked(each.shipmentId) ?? []).at(-1);
  const reference = booking && referenceOf(booking);
  switch (odd) {
    case 'unknown':
      parcels.sendOdd(carrier, `nobody-${plan.seed}`, 0);
      break;
    case 'stale': {
      // Before anything of it was sent, or as if it had been long before.
      const begunMs = carriers.get(carrier)?.firstBegunMs(shipmentId) ?? world.nowMs();
      const stale = carrier === 'oddpost' ? (reference ?? 'OP00001') : shipmentId;
      parcels.sendOdd(carrier, stale, begunMs - world.nowMs() - days * DAY_MS);
      break;
    }
    case 'late': {
      // Of several editions the first that is there.
      const newest = ledger.bookings().findLast(({ shipmentId: id }) => id.startsWith(orderId));
      if (newest) parcels.sendOdd(newest.carrier, referenceOf(newest), 0);
      break;
    }
    case 'future':
      if (reference !== undefined) parcels.sendOdd(carrier, reference, DAY_MS / 2);
      break;
    default:
      odd satisfies never;
  }
}
