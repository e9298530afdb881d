import type { Stage } from './actors.ts';
import { dateOf } from './calendar.ts';
import type { Plan } from './plan.ts';
import type { SeenShipment } from './watch.ts';
import type { OrderState } from './watch-orders.ts';

/**
 * An order that was inactive is made up for with one parcel, the one for the latest date that passed: what waited is not
 * sent any more once it is active again, unless a person asks for it. What was claimed before that may still go out.
 */
export function checkBreaks(plan: Plan, { watch, carriers, fail }: Stage): void {
  const sentOf = (shipment: SeenShipment) =>
    [...carriers.values()].flatMap((each) => each.postsOf(shipment.shipmentId));
  const isBooked = ({ shipmentId }: SeenShipment) =>
    [...carriers.values()].some((each) => each.booked(shipmentId));
  for (const { orderId } of plan.orders) {
    const own = watch.shipments().filter((each) => each.orderId === orderId);
    for (const { fromMs, untilMs } of breaksOf(watch.statesOf(orderId))) {
      const last = dateOf(plan.epochMs + untilMs);
      const passed = own.find(
        (each) =>
          each.plannedMs > untilMs &&
          each.dueOn > dateOf(plan.epochMs + fromMs) &&
          each.dueOn < last &&
          isBooked(each),
      );
      const waited = own.find(
        (each) =>
          each.plannedMs < fromMs &&
          each.decisions.every(({ atMs }) => atMs < untilMs) &&
          sentOf(each).some(({ claimedMs }) => claimedMs > untilMs),
      );
      if (!waited || !passed) continue;
      const message = `${orderId} was inactive until ${last}; then ${waited.shipmentId}, which had waited, was sent beside ${passed.shipmentId}`;
      fail({ rule: 'one parcel after a break', message, orders: [orderId] });
    }
  }
}

/** From when until when an order was not active. */
function breaksOf(states: readonly OrderState[]): { fromMs: number; untilMs: number }[] {
  const breaks: { fromMs: number; untilMs: number }[] = [];
  for (const [index, { active, fromMs }] of states.entries()) {
    const wasActive = states[index - 1]?.active ?? true;
    const untilMs = states.slice(index).find((each) => each.active)?.fromMs;
    if (!active && wasActive && untilMs !== undefined) breaks.push({ fromMs, untilMs });
  }
  return breaks;
}
