import type { EventName } from '../../src/vocabulary.ts';
import type { Booking } from './ledger.ts';
import { type Random, randomOf } from './random.ts';
import type { CarrierName } from './themes.ts';
import { fictionalWire, type Happening, oddpostWire } from './wire.ts';
import type { World } from './world.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

const CODES: Readonly<Record<CarrierName, Readonly<Record<EventName, string>>>> = {
  fictional: codesAsNames(),
  plainpost: codesAsNames(),
  oddpost: {
    'waiting-for-collection': 'READY',
    'in-transit': 'HUB',
    'failed-to-deliver': 'NOBODY',
    delivered: 'DOOR',
  },
};

function codesAsNames(): Record<EventName, string> {
  return {
    'waiting-for-collection': 'waiting-for-collection',
    'in-transit': 'in-transit',
    'failed-to-deliver': 'failed-to-deliver',
    delivered: 'delivered',
  };
}

/** What a provider posts to the receiver; `answer` is called with the status, unless nobody answers. */
export type Post = (carrier: CarrierName, body: string, answer: (status: number) => void) => void;

/** Providers that tell of parcels, until they are answered with 200. */
export interface Parcels {
  begin(booking: Booking): void;
  /** About whatever reference, as if it happened `aheadMs` from now. */
  sendOdd(carrier: CarrierName, reference: string, aheadMs: number): void;
}

const PAUSES_MS = [10 * SECOND, 60 * SECOND, 600 * SECOND, HOUR, 6 * HOUR, 24 * HOUR, 24 * HOUR];

export function createParcels(options: {
  world: World;
  seed: number;
  events: { some: boolean; repeated: boolean };
  post: Post;
}): Parcels {
  const { world, seed, events, post } = options;
  let odd = 0;

  const send = (carrier: CarrierName, body: string, afterMs: number, attempt = 0) => {
    world.at(world.nowMs() + afterMs, () => {
      let answered = false;
      post(carrier, body, (status) => {
        // What is refused for good is not sent again.
        answered = status === 200 || status === 422;
      });
      const pauseMs = PAUSES_MS[attempt];
      if (pauseMs === undefined) return;
      world.at(world.nowMs() + pauseMs, () => {
        if (!answered) send(carrier, body, 0, attempt + 1);
      });
    });
  };

  const happen = (booking: Booking, random: Random, life: readonly [EventName, number][]) => {
    const happened: Happening[] = [];
    const reference = booking.carrier === 'oddpost' ? booking.trackingNumber : booking.shipmentId;
    const wire = booking.carrier === 'oddpost' ? oddpostWire : fictionalWire;
    for (const [name, afterMs] of life) {
      const timeMs = Math.floor((world.trueTime() + afterMs) / SECOND) * SECOND;
      happened.push({ code: CODES[booking.carrier][name], timeMs });
      const body = wire.delivery(reference, happened);
      const lateMs = random.chance(0.2) ? random.between(0, 2 * HOUR) : random.between(1, 500);
      send(booking.carrier, body, afterMs + lateMs);
      if (events.repeated && random.chance(0.1)) {
        send(booking.carrier, body, afterMs + lateMs + random.between(0, HOUR));
      }
    }
  };

  return {
    begin(booking) {
      const random = randomOf(seed, 'parcel', booking.carrier, booking.shipmentId, world.nowMs());
      const life = lifeOf(random);
      if (events.some) happen(booking, random, life);
    },
    sendOdd(carrier, reference, aheadMs) {
      odd += 1;
      const random = randomOf(seed, 'odd event', odd);
      const name = random.pick(['in-transit', 'delivered', 'failed-to-deliver'] as const);
      const timeMs = Math.floor((world.trueTime() + aheadMs) / SECOND) * SECOND;
      const wire = carrier === 'oddpost' ? oddpostWire : fictionalWire;
      send(carrier, wire.delivery(reference, [{ code: CODES[carrier][name], timeMs }]), 0);
    },
  };
}

/** What a parcel goes through, and how long after it was booked: within five days. */
function lifeOf(random: Random): [EventName, number][] {
  if (random.chance(0.6)) return [];
  const life: [EventName, number][] = [];
  if (random.chance(0.4)) life.push(['waiting-for-collection', random.between(0, 2 * SECOND)]);
  if (random.chance(0.5)) life.push(['in-transit', random.between(10 * SECOND, 20 * HOUR)]);
  if (random.chance(0.2)) life.push(['failed-to-deliver', random.between(21 * HOUR, 40 * HOUR)]);
  if (random.chance(0.4)) life.push(['delivered', random.between(41 * HOUR, 110 * HOUR)]);
  return life;
}
