import { fictional } from '../../src/providers/fictional.ts';
import { oddpost } from '../../src/providers/oddpost.ts';
import type { HttpAnswer, HttpRequest, Provider } from '../../src/providers/provider.ts';
import type { Booking, Ledger } from './ledger.ts';
import { type Random, randomOf } from './random.ts';
import { type Desk, type Fate, type Reaction, reactToOrder, reactToQuestion } from './reactions.ts';
import { createRefusalRules } from './refusal-rules.ts';
import type { CarrierName, Trouble } from './themes.ts';
import type { Violation, Watch } from './watch.ts';
import { fictionalWire, oddpostWire, type Wire } from './wire.ts';
import { createWireRules, type Post } from './wire-rules.ts';
import type { Process, World } from './world.ts';

const DAY_MS = 86_400_000;
/** How long after a request ended a provider may still book it; the one that can be asked states this. */
const SETTLE_MS = 10_000;

/** One provider of each kind of `repeatedOrders`. */
export const PROVIDERS: ReadonlyMap<CarrierName, Provider> = new Map<CarrierName, Provider>([
  // Long ids fit with a date, and not with an edition.
  ['fictional', { ...fictional, limits: { shipmentId: 18 } }],
  ['oddpost', withSettling(oddpost)],
  ['plainpost', { ...fictional, name: 'plainpost', repeatedOrders: { kind: 'unrecognised' } }],
]);

function withSettling(provider: typeof oddpost): Provider {
  const repeatedOrders = { ...provider.repeatedOrders, settleSeconds: SETTLE_MS / 1_000 };
  return { ...provider, repeatedOrders };
}

interface TroubleWindow {
  trouble: Trouble;
  probability: number;
  untilMs: number;
  retryAfterSeconds: number | null;
}

export interface Carrier {
  name: CarrierName;
  origin: string;
  provider: Provider;
  cause(window: TroubleWindow): void;
  /** All is well from now on. */
  heal(): void;
  fateOf(request: HttpRequest, body: string | null): Fate;
  /**
   * Called as the first byte is written.
   * @param concurrency - of the process's requests.
   */
  begins(process: Process, request: HttpRequest, body: string | null, concurrency: number): void;
  arrives(request: HttpRequest, body: string | null, fate: Fate, timeoutMs: number): Reaction;
  /** An answer reached the process that waits for it. */
  answered(process: Process, request: HttpRequest, body: string | null, answer: HttpAnswer): void;
  /** The process waits no longer for an answer to what it had begun. */
  ended(process: Process, request: HttpRequest, body: string | null): void;
  booked(shipmentId: string): Booking | undefined;
  /** Whether one of its requests may still be booked. */
  isUnderWay(shipmentId: string): boolean;
  /** Nothing more becomes of one request that was begun. */
  settled(request: HttpRequest, body: string | null): void;
  /** A person found out that it has nothing of this shipment. */
  forget(shipmentId: string): void;
  /** When it last said of the shipment, and of nothing else, that it does not take it. */
  rejectedMs(shipmentId: string): number | undefined;
  /** The requests for the shipment that may have been taken, oldest first. */
  postsOf(shipmentId: string): readonly Post[];
  /** When the first of them began; undefined where there is none. */
  firstBegunMs(shipmentId: string): number | undefined;
}

export interface CarrierContext {
  world: World;
  watch: Watch;
  seed: number;
  reusesNumbers: boolean;
  maxRejections: number | null;
  ledger: Ledger;
  /** A parcel's life begins. */
  onBooked(booking: Booking): void;
  fail(violation: Violation): void;
}

export function createCarrier(name: CarrierName, context: CarrierContext): Carrier {
  const { world, seed } = context;
  const provider = PROVIDERS.get(name);
  if (!provider) throw new Error(`there is no provider ${name}`);
  const wire = name === 'oddpost' ? oddpostWire : fictionalWire;
  const rules = createWireRules(name, context);
  const refusals = createRefusalRules(name, context);
  const requests = createCounter();
  const underWay = createCounter();
  const desk = openDesk(name, { provider, wire, underWay }, context);
  const idOf = ({ path }: HttpRequest, body: string | null) => wire.shipmentIdOf(path, body);
  let windows: TroubleWindow[] = [];

  return {
    name,
    origin: `http://${name}.example`,
    provider,
    cause: (window) => void windows.push(window),
    heal() {
      windows = [];
    },
    fateOf(request, body) {
      const shipmentId = idOf(request, body);
      const number = requests.count(shipmentId, 1);
      windows = windows.filter(({ untilMs }) => untilMs > world.nowMs());
      return fateIn(windows, randomOf(seed, 'request', name, shipmentId, number));
    },
    begins(process, request, body, concurrency) {
      const shipmentId = idOf(request, body);
      underWay.count(shipmentId, 1);
      rules.begins(process, shipmentId, body);
      if (body !== null) refusals.begins(process, shipmentId, concurrency);
    },
    arrives(request, body, fate, timeoutMs) {
      const shipmentId = idOf(request, body);
      if (body === null) return reactToQuestion(desk, shipmentId, fate, timeoutMs);
      rules.arrives(shipmentId, body);
      return reactToOrder(desk, { shipmentId, body }, fate, timeoutMs);
    },
    answered(process, request, body, answer) {
      const shipmentId = idOf(request, body);
      const reading = provider.outcome(answer, world.trueTime(), shipmentId);
      rules.answered(process, shipmentId, body, reading);
      const verdict = wire.verdict(answer);
      // That something is not found when it is asked about says nothing.
      if (body !== null || verdict !== 'not-found') refusals.answered(process, shipmentId, verdict);
    },
    ended(process, request, body) {
      if (body !== null) rules.ends(process, idOf(request, body));
    },
    booked: desk.booked,
    isUnderWay: (shipmentId) => underWay.of(shipmentId) > 0,
    settled: (request, body) => void underWay.count(idOf(request, body), -1),
    forget: rules.forget,
    rejectedMs: refusals.rejectedMs,
    postsOf: rules.postsOf,
    firstBegunMs: (shipmentId) => rules.postsOf(shipmentId)[0]?.atMs,
  };
}

function fateIn(windows: readonly TroubleWindow[], random: Random): Fate {
  const connectMs = random.between(0.5, 20);
  const arrivalMs = random.between(0.5, 20);
  const answerMs = random.between(1, 60);
  const { trouble, retryAfterSeconds = null } =
    windows.find(({ probability }) => random.chance(probability)) ?? {};
  return { trouble, retryAfterSeconds, connectMs, arrivalMs, answerMs, random };
}

interface Counter {
  /** @returns how many there are then. */
  count(key: string, by: number): number;
  of(key: string): number;
}

function createCounter(): Counter {
  const counts = new Map<string, number>();
  const of = (key: string) => counts.get(key) ?? 0;
  return {
    of,
    count(key, by) {
      counts.set(key, of(key) + by);
      return of(key);
    },
  };
}

function openDesk(
  name: CarrierName,
  { provider, wire, underWay }: { provider: Provider; wire: Wire; underWay: Counter },
  { world, watch, ledger, onBooked, reusesNumbers }: CarrierContext,
): Desk {
  const recognisesRepeats = provider.repeatedOrders.kind === 'recognised';
  const bookings: Booking[] = [];
  const booked = (shipmentId: string) => bookings.find((booking) => booking.shipmentId === shipmentId);
  const book = (shipmentId: string, body: string, random: Random): Booking => {
    const before = wire.repeated && recognisesRepeats && booked(shipmentId);
    if (before) return before;
    const atMs = world.nowMs();
    const old = bookings.find((booking) => atMs - booking.atMs > 8 * DAY_MS);
    const reused = reusesNumbers && random.chance(0.3) ? old?.trackingNumber : undefined;
    const trackingNumber = reused ?? `OP${String(bookings.length + 1).padStart(5, '0')}`;
    const booking = { carrier: name, shipmentId, body, atMs, trackingNumber };
    bookings.push(booking);
    world.tell(name, () => `books ${shipmentId}`, watch.ordersOf(shipmentId, name));
    ledger.add(booking);
    onBooked(booking);
    return booking;
  };
  return {
    wire,
    recognisesRepeats,
    booked,
    book,
    bookLater(shipmentId, body, random, timeoutMs) {
      underWay.count(shipmentId, 1);
      world.at(world.nowMs() + timeoutMs + random.between(1, SETTLE_MS / 2), () => {
        book(shipmentId, body, random);
        underWay.count(shipmentId, -1);
      });
    },
  };
}
