import { INTERVAL_NAMES, type ShippingInterval } from '../vocabulary.ts';
import type { CustomerOrder } from './order.ts';

type Choice<T> = readonly [T, ...T[]];

const FIRST_NAMES: Choice<string> = [
  'Ada',
  'Bronisława',
  'Chidi',
  'Dimitra',
  'Émile',
  'Farah',
  'Grażyna',
  'Hiroshi',
  'Ingrid',
  'José',
  'Łukasz',
];
const LAST_NAMES: Choice<string> = [
  'Okafor',
  'Nowak',
  'Παπαδοπούλου',
  'García',
  "O'Neill",
  'Müller',
  'Singh',
  'Tanaka',
  'Ångström',
  'Smith',
  'Évrard',
  'Kowalczyk',
  'Jones',
];
const STREETS: Choice<string> = [
  'Harrow Road',
  'High Street',
  'Station Road',
  'Mill Lane',
  'Church Street',
  'Victoria Road',
  'Kingsway',
];
const CITIES: Choice<Pick<CustomerOrder['deliveryAddress'], 'city' | 'postcode' | 'country'>> = [
  { city: 'London', postcode: 'W2 6NB', country: 'GB' },
  { city: 'Edinburgh', postcode: 'EH1 1YZ', country: 'GB' },
  { city: 'Cardiff', postcode: 'CF10 1EP', country: 'GB' },
  { city: 'Dublin', postcode: 'D02 AF30', country: 'IE' },
  { city: 'Kraków', postcode: '31-072', country: 'PL' },
  { city: 'Αθήνα', postcode: '105 57', country: 'GR' },
  { city: 'Köln', postcode: '50667', country: 'DE' },
  { city: '東京都千代田区', postcode: '100-0001', country: 'JP' },
  { city: 'São Paulo', postcode: '01310-100', country: 'BR' },
];

/**
 * Customer orders to try sizes with: number n is the same every time, however many there are.
 *
 * @param interval - of all of them; undefined for each interval in turn.
 */
export function* generateOrders(
  count: number,
  interval: ShippingInterval | undefined,
): Generator<CustomerOrder> {
  for (let number = 1; number <= count; number += 1) {
    yield {
      orderId: `gen-${String(number).padStart(7, '0')}`,
      provider: 'fictional',
      deliveryService: number % 3 === 0 ? 'express' : 'standard',
      shippingInterval: interval ?? pick(INTERVAL_NAMES, number - 1),
      startsOn: undefined,
      active: true,
      items: Array.from({ length: 1 + (number % 4) }, (_, item) => ({
        itemId: `it-${1 + ((number * 7 + item) % 500)}`,
        quantity: 1 + ((number + item) % 5),
        weightGrams: 10 + ((number * 13 + item * 29) % 1990),
      })),
      deliveryAddress: {
        recipient: `${pick(FIRST_NAMES, number)} ${pick(LAST_NAMES, number)}`,
        line1: `${1 + (number % 199)} ${pick(STREETS, number)}`,
        line2: number % 5 === 0 ? `Flat ${1 + (number % 40)}` : '',
        ...pick(CITIES, number),
      },
    };
  }
}

function pick<T>(values: Choice<T>, number: number): T {
  return values[number % values.length] ?? values[0];
}
