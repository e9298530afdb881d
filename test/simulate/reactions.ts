import type { HttpAnswer } from '../../src/providers/provider.ts';
import type { Booking } from './ledger.ts';
import type { Random } from './random.ts';
import type { Trouble } from './themes.ts';
import { answerOf, type Wire } from './wire.ts';

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

/** Where a provider's orders are taken. */
export interface Desk {
  wire: Wire;
  recognisesRepeats: boolean;
  booked(shipmentId: string): Booking | undefined;
  /** Books the order, unless it knows that it has it. */
  book(shipmentId: string, body: string, random: Random): Booking;
  /** When nobody waits any more. */
  bookLater(shipmentId: string, body: string, random: Random, timeoutMs: number): void;
}

export function reactToOrder(
  desk: Desk,
  { shipmentId, body }: { shipmentId: string; body: string },
  fate: Fate,
  timeoutMs: number,
): Reaction {
  const { trouble, answerMs, random } = fate;
  const accept = () => accepted(desk, shipmentId, body, random);
  const answer = (said: HttpAnswer, afterMs = answerMs): Reaction => ({
    kind: 'answer',
    afterMs,
    answer: said,
  });
  switch (trouble) {
    case 'slow':
      return answer(accept(), random.between(0.4, 0.95) * timeoutMs);
    case 'black-holes':
      return { kind: 'silence' };
    case 'lost-answers':
      accept();
      return { kind: 'cut', afterMs: answerMs };
    case 'cut-answers': {
      const whole = accept();
      return answer({ ...whole, body: whole.body.slice(0, random.int(0, whole.body.length - 1)) });
    }
    case 'late-answers':
      return answer(accept(), timeoutMs + random.between(1, 3_000));
    case 'late-bookings':
      desk.bookLater(shipmentId, body, random, timeoutMs);
      return { kind: 'silence' };
    case 'rejections':
      return answer(desk.wire.rejected(shipmentId));
    case 'errors':
      if (random.chance(0.5)) accept();
      return answer(answerOf(random.pick([500, 502, 504]), { error: 'something went wrong' }));
    case 'throttles':
      return answer(throttled(fate));
    case 'unauthorized':
      return answer(answerOf(401, { error: 'who are you' }));
    case 'not-found':
    case 'wrong-address':
      return answer(nobodyAt(trouble, random));
    default:
      return answer(accept());
  }
}

export function reactToQuestion(desk: Desk, shipmentId: string, fate: Fate, timeoutMs: number): Reaction {
  const { trouble, answerMs, random } = fate;
  const answer = desk.wire.found(shipmentId, desk.booked(shipmentId)?.trackingNumber);
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
}

function accepted(
  { wire, recognisesRepeats, booked, book }: Desk,
  shipmentId: string,
  body: string,
  random: Random,
): HttpAnswer {
  if (recognisesRepeats && booked(shipmentId) && wire.repeated) return wire.repeated;
  return wire.accepted(shipmentId, book(shipmentId, body, random).trackingNumber);
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
