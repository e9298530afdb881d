import type { CarrierName } from './themes.ts';
import type { SeenShipment, Violation, Watch } from './watch.ts';

export interface Booking {
  carrier: CarrierName;
  shipmentId: string;
  body: string;
  atMs: number;
  trackingNumber: string;
}

type Due = Pick<SeenShipment, 'orderId' | 'dueOn'>;

/** What all providers have booked, by due date. */
export interface Ledger {
  add(booking: Booking): void;
  bookings(): readonly Booking[];
  /** A person asked for one more, whether or not they knew. */
  excuse(due: Due): void;
  isExcused(due: Due): boolean;
  of(due: Due): readonly Booking[];
}

export function createLedger(watch: Watch, fail: (violation: Violation) => void): Ledger {
  const all: Booking[] = [];
  const byDue = new Map<string, Booking[]>();
  const excused = new Map<string, number>();
  const key = ({ orderId, dueOn }: Due) => `${orderId} ${dueOn}`;
  return {
    add(booking) {
      all.push(booking);
      const due = watch.shipment(booking.shipmentId, booking.carrier);
      if (!due) {
        const message = `${booking.carrier} was sent ${booking.shipmentId}, of which the database knows nothing`;
        return fail({ rule: 'sent what is not planned', message, orders: [] });
      }
      const own = byDue.get(key(due)) ?? [];
      own.push(booking);
      byDue.set(key(due), own);
      if (own.length > 1 + (excused.get(key(due)) ?? 0)) {
        const names = own.map(({ carrier, shipmentId }) => `${carrier}: ${shipmentId}`).join(', ');
        const message = `${due.orderId} was accepted ${own.length} times for ${due.dueOn} (${names})`;
        fail({ rule: 'sent twice', message, orders: [due.orderId] });
      }
    },
    bookings: () => all,
    excuse: (due) => void excused.set(key(due), (excused.get(key(due)) ?? 0) + 1),
    isExcused: (due) => excused.has(key(due)),
    of: (due) => byDue.get(key(due)) ?? [],
  };
}
