import { fictional } from '../../src/providers/fictional.ts';
import { oddpost } from '../../src/providers/oddpost.ts';
import type { HttpAnswer, HttpRequest, Provider } from '../../src/providers/provider.ts';
import type { Booking, Ledger } from './ledger.ts';
import { type Random, randomOf } from './random.ts';
import { createRefusalRules } from './refusal-rules.ts';
import type { CarrierName, Trouble } from './themes.ts';
import type { Violation, Watch } from './watch.ts';
import { answerOf, fictionalWire, oddpostWire } from './wire.ts';
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

/** What happens to one request. */
export interface Fate {
  trouble: Trouble | undefined;
  retryAfterSeconds: number | null;
  connectMs: number;
  arrivalMs: number;
  answerMs: number;
  random: Random;
}

/** What comes back of a request that arrived whole, `afterMs` after that. */
export type Reaction =
  | { kind: 'answer'; afterMs: number; answer: HttpAnswer }
  | { kind: 'cut'; afterMs: number }
  | { kind: 'silence' };

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
  const { world, watch, seed } = context;
  const provider = PROVIDERS.get(name);
  if (!provider) throw new Error(`there is no provider ${name}`);
  const wire = name === 'oddpost' ? oddpostWire : fictionalWire;
  const rules = createWireRules(name, context);
  const refusals = createRefusalRules(name, context);
  const requests = new Map<string, number>();
  const underWay = new Map<string, number>();
  const bookings: Booking[] = [];
  let windows: TroubleWindow[] = [];

  const booked = (shipmentId: string) => bookings.find((booking) => booking.shipmentId === shipmentId);
  const idOf = ({ path }: HttpRequest, body: string | null) => wire.shipmentIdOf(path, body);
  const count = (counts: Map<string, number>, key: string, by: number) => {
    const counted = (counts.get(key) ?? 0) + by;
    counts.set(key, counted);
    return counted;
  };

  /** Books the order, unless it knows that it has it. */
  const book = (shipmentId: string, body: string, random: Random): Booking => {
    const before = wire.repeated && provider.repeatedOrders.kind === 'recognised' && booked(shipmentId);
    if (before) return before;
    const atMs = world.nowMs();
    const old = bookings.find((booking) => atMs - booking.atMs > 8 * DAY_MS);
    const reused = context.reusesNumbers && random.chance(0.3) ? old?.trackingNumber : undefined;
    const trackingNumber = reused ?? `OP${String(bookings.length + 1).padStart(5, '0')}`;
    const booking = { carrier: name, shipmentId, body, atMs, trackingNumber };
    bookings.push(booking);
    world.tell(name, () => `books ${shipmentId}`, watch.ordersOf(shipmentId, name));
    context.ledger.add(booking);
    context.onBooked(booking);
    return booking;
  };

  const accept = (shipmentId: string, body: string, random: Random): HttpAnswer => {
    if (provider.repeatedOrders.kind === 'recognised' && booked(shipmentId) && wire.repeated)
      return wire.repeated;
    return wire.accepted(shipmentId, book(shipmentId, body, random).trackingNumber);
  };

  const reactToOrder = (shipmentId: string, body: string, fate: Fate, timeoutMs: number): Reaction => {
    const { trouble, answerMs, random } = fate;
    const answer = (said: HttpAnswer, afterMs = answerMs): Reaction => ({
      kind: 'answer',
      afterMs,
      answer: said,
    });
    switch (trouble) {
      case 'slow':
        return answer(accept(shipmentId, body, random), random.between(0.4, 0.95) * timeoutMs);
      case 'black-holes':
        return { kind: 'silence' };
      case 'lost-answers':
        accept(shipmentId, body, random);
        return { kind: 'cut', afterMs: answerMs };
      case 'cut-answers': {
        const whole = accept(shipmentId, body, random);
        return answer({ ...whole, body: whole.body.slice(0, random.int(0, whole.body.length - 1)) });
      }
      case 'late-answers':
        return answer(accept(shipmentId, body, random), timeoutMs + random.between(1, 3_000));
      case 'late-bookings': {
        count(underWay, shipmentId, 1);
        world.at(world.nowMs() + timeoutMs + random.between(1, SETTLE_MS / 2), () => {
          book(shipmentId, body, random);
          count(underWay, shipmentId, -1);
        });
        return { kind: 'silence' };
      }
      case 'rejections':
        return answer(wire.rejected(shipmentId));
      case 'errors':
        if (random.chance(0.5)) accept(shipmentId, body, random);
        return answer(answerOf(random.pick([500, 502, 504]), { error: 'something went wrong' }));
      case 'throttles':
        return answer(throttled(fate));
      case 'unauthorized':
        return answer(answerOf(401, { error: 'who are you' }));
      case 'not-found':
      case 'wrong-address':
        return answer(nobodyAt(trouble, random));
      default:
        return answer(accept(shipmentId, body, random));
    }
  };

  const reactToQuestion = (shipmentId: string, fate: Fate, timeoutMs: number): Reaction => {
    const { trouble, answerMs, random } = fate;
    const answer = wire.found(shipmentId, booked(shipmentId)?.trackingNumber);
    switch (trouble) {
      case 'slow':
        return { kind: 'answer', afterMs: random.between(0.4, 0.95) * timeoutMs, answer };
      case 'black-holes':
      case 'late-answers':
        return { kind: 'silence' };
      case 'lost-answers':
        return { kind: 'cut', afterMs: answerMs };
      case 'cut-answers':
        return { kind: 'answer', afterMs: answerMs, answer: { ...answer, body: answer.body.slice(0, -2) } };
      case 'errors':
        return { kind: 'answer', afterMs: answerMs, answer: answerOf(500, {}) };
      case 'throttles':
        return { kind: 'answer', afterMs: answerMs, answer: throttled(fate) };
      case 'not-found':
      case 'wrong-address':
        return { kind: 'answer', afterMs: answerMs, answer: nobodyAt(trouble, random) };
      default:
        return { kind: 'answer', afterMs: answerMs, answer };
    }
  };

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
      const number = count(requests, shipmentId, 1);
      const random = randomOf(seed, 'request', name, shipmentId, number);
      const connectMs = random.between(0.5, 20);
      const arrivalMs = random.between(0.5, 20);
      const answerMs = random.between(1, 60);
      windows = windows.filter(({ untilMs }) => untilMs > world.nowMs());
      const { trouble, retryAfterSeconds = null } =
        windows.find(({ probability }) => random.chance(probability)) ?? {};
      return { trouble, retryAfterSeconds, connectMs, arrivalMs, answerMs, random };
    },
    begins(process, request, body, concurrency) {
      const shipmentId = idOf(request, body);
      count(underWay, shipmentId, 1);
      rules.begins(process, shipmentId, body);
      if (body !== null) refusals.begins(process, shipmentId, concurrency);
    },
    arrives(request, body, fate, timeoutMs) {
      const shipmentId = idOf(request, body);
      if (body === null) return reactToQuestion(shipmentId, fate, timeoutMs);
      rules.arrives(shipmentId, body);
      return reactToOrder(shipmentId, body, fate, timeoutMs);
    },
    answered(process, request, body, answer) {
      const shipmentId = idOf(request, body);
      const reading = provider.outcome(answer, world.trueTime(), shipmentId);
      rules.answered(process, shipmentId, body, reading);
      const verdict = wire.verdict(answer);
      // That something is not found when it is asked about says nothing.
      if (body !== null || verdict !== 'not-found') refusals.answered(process, shipmentId, verdict);
    },
    booked,
    isUnderWay: (shipmentId) => (underWay.get(shipmentId) ?? 0) > 0,
    settled: (request, body) => void count(underWay, idOf(request, body), -1),
    forget: rules.forget,
    rejectedMs: refusals.rejectedMs,
    postsOf: rules.postsOf,
    firstBegunMs: (shipmentId) => rules.postsOf(shipmentId)[0]?.atMs,
  };
}

function throttled({ retryAfterSeconds, random }: Fate): HttpAnswer {
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const status = retryAfterSeconds === null ? 429 : random.pick([429, 503]);
  return answerOf(status, { error: 'slow down' }, headers);
}

/** What is answered where nobody takes orders. */
function nobodyAt(trouble: 'not-found' | 'wrong-address', random: Random): HttpAnswer {
  const status = random.pick(trouble === 'not-found' ? [404, 404, 410] : [301, 302, 405]);
  return answerOf(status, { error: 'nothing to be had here' });
}
