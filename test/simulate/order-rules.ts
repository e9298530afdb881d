import type { Stage } from './actors.ts';
import { dateOf } from './calendar.ts';
import type { Plan } from './plan.ts';

/** What is still to be sent, and has surely not arrived, goes where its order says now. To be called as orders are loaded. */
export function checkCorrected({ watch, fail }: Stage): void {
  const wrong = watch.all<{ orderId: string; shipmentId: string }>(`
    select order_id as orderId, shipment_id as shipmentId
    from shipments join customer_orders on customer_orders.id = customer_order
    where status = 'pending' and shipments.provider = customer_orders.provider
      and instr(body, '"' || line_1 || '"') = 0
      and not exists (select 1 from attempts where shipment = shipments.id and attempts.claim > settled_claim
        and outcome in ('unanswered', 'interrupted'))`);
  for (const { orderId, shipmentId } of wrong) {
    const message = `${shipmentId} is pending with another address than its order's, and nothing of it can have arrived`;
    fail({ rule: 'a pending shipment follows its order', message, orders: [orderId] });
  }
}

/** An order that was inactive is made up for with one parcel: the one that waited, or one for a date that passed. */
export function checkBreaks(plan: Plan, { watch, carriers, fail }: Stage): void {
  const begunMs = (shipmentId: string) =>
    Math.min(
      ...[...carriers.values()].map((each) => each.firstBegunMs(shipmentId) ?? Number.POSITIVE_INFINITY),
    );
  const isBooked = (shipmentId: string) => [...carriers.values()].some((each) => each.booked(shipmentId));
  for (const { orderId } of plan.orders) {
    const states = watch.statesOf(orderId);
    const sent = watch.shipments().filter((each) => each.orderId === orderId && isBooked(each.shipmentId));
    for (const [index, { active, fromMs }] of states.entries()) {
      const untilMs = states[index + 1]?.fromMs;
      if (active || untilMs === undefined) continue;
      const last = dateOf(plan.epochMs + untilMs);
      const waited = sent.find((each) => each.plannedMs < fromMs && begunMs(each.shipmentId) > untilMs);
      const passed = sent.find(
        (each) => each.plannedMs > untilMs && each.dueOn > dateOf(plan.epochMs + fromMs) && each.dueOn < last,
      );
      if (!waited || !passed) continue;
      const message = `${orderId} was inactive until ${last}; then both ${waited.shipmentId} and ${passed.shipmentId} were sent`;
      fail({ rule: 'one parcel after a break', message, orders: [orderId] });
    }
  }
}
