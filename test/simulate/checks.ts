import type { Stage } from './actors.ts';
import { dateOf, dueDatesUpTo } from './calendar.ts';
import { checkBreaks } from './order-rules.ts';
import type { Plan } from './plan.ts';
import type { Acknowledged } from './receiver.ts';
import { checkStatuses } from './status-rule.ts';
import type { SeenShipment } from './watch.ts';

const DAY_MS = 86_400_000;

type Watched = Pick<Stage, 'watch' | 'fail' | 'latestDay'>;

/** When a shipment comes into being, its due date is the calendar's, and all between it and the one before are counted. */
export function checkPlanned(plan: Plan, { watch, fail, latestDay }: Watched, shipment: SeenShipment): void {
  const { orderId, dueOn, interval, isReplacement, skipped } = shipment;
  const order = plan.orders.find((each) => each.orderId === orderId);
  if (!order || isReplacement) return;
  const broken = (what: string): void =>
    fail({
      rule: 'schedules equal the calendar',
      message: `${shipment.shipmentId}: ${what}`,
      orders: [orderId],
    });
  const dates = dueDatesUpTo(order.startsOn, interval, dueOn);
  if (!dates.includes(dueOn)) {
    broken(`${dueOn} is no due date (${interval} from ${order.startsOn})`);
    return;
  }
  if (dueOn > latestDay.value) {
    broken(`${dueOn} lies ahead of every run's today`);
    return;
  }
  const last = lastPlanned(watch, orderId, shipment) ?? '';
  if (dueOn <= last) {
    broken(`${dueOn} was planned after ${last}`);
    return;
  }
  const between = dates.filter((date) => date > last && date < dueOn);
  const optional = between.filter((date) => passedWhileInactive(plan, { watch }, orderId, date));
  if (skipped > between.length || skipped < between.length - optional.length) {
    broken(`${skipped} periods are skipped, ${between.join(', ') || 'none'} would have been`);
  }
}

/** What counts as rejected its provider has rejected for itself, and not because nobody takes orders at the address. */
export function checkRejected(
  { carriers, fail }: Pick<Stage, 'carriers' | 'fail'>,
  { shipmentId, orderId, status, claim }: SeenShipment,
): void {
  if (status !== 'rejected') return;
  const claimedMs = claim?.atMs ?? 0;
  if ([...carriers.values()].some((carrier) => (carrier.rejectedMs(shipmentId) ?? -1) >= claimedMs)) return;
  const message = `${shipmentId} is rejected, and no provider has said so since it was claimed`;
  fail({ rule: 'what is rejected was rejected', message, orders: [orderId] });
}

function lastPlanned(watch: Stage['watch'], orderId: string, before?: SeenShipment): string | undefined {
  return watch
    .shipments()
    .filter((each) => each.orderId === orderId && each !== before && !each.isReplacement)
    .map(({ dueOn }) => dueOn)
    .sort()
    .at(-1);
}

/** Whether a due date came while the order was inactive: then it is nobody's. A day's tolerance for clocks. */
function passedWhileInactive(
  plan: Plan,
  { watch }: Pick<Stage, 'watch'>,
  orderId: string,
  date: string,
): boolean {
  const states = watch.statesOf(orderId);
  return states.some(({ active, fromMs }, index) => {
    if (active) return false;
    const until = states[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    const day = Date.parse(date) - plan.epochMs;
    return day + DAY_MS >= fromMs - DAY_MS && day <= until + DAY_MS;
  });
}

interface ShipmentRow {
  orderId: string;
  shipmentId: string;
  carrier: string;
  dueOn: string;
  status: string;
  active: number;
  problem: string | null;
  sentAt: number | null;
  isReplaced: number;
  lastError: string | null;
}

/** All is well and has been let to finish: every due date has its one fate. */
export function checkAtRest(
  plan: Plan,
  stage: Stage,
  received: { acknowledged: readonly Acknowledged[]; storedAt: ReadonlyMap<string, number> },
): void {
  const { watch } = stage;
  const rows =
    watch.all<ShipmentRow>(`select order_id as orderId, shipment_id as shipmentId, shipments.provider as carrier,
    due_on as dueOn, status, active, problem, sent_at as sentAt, is_current = 0 as isReplaced, last_error as lastError
    from shipments join customer_orders on customer_orders.id = customer_order order by shipments.id`);
  for (const row of rows) checkFate(stage, row);
  for (const { orderId, startsOn } of plan.orders) checkNoneForgotten(plan, stage, orderId, startsOn);
  checkAcknowledged(stage, received.acknowledged);
  checkStatuses(plan, stage, received.storedAt);
  checkBreaks(plan, stage);
  checkCounts(stage);
}

function checkFate({ carriers, ledger, fail }: Stage, row: ShipmentRow): void {
  const { shipmentId, status, orderId } = row;
  const stuck = (why: string): void =>
    fail({
      rule: 'no shipment is stuck',
      message: `${shipmentId} is ${status} in the end${why}`,
      orders: [orderId],
    });
  if (row.problem !== null) {
    stuck(`, and its order blocked: ${row.problem}`);
    return;
  }
  if (status === 'sending' || status === 'uncertain') {
    stuck(`: ${row.lastError}`);
    return;
  }
  if (status === 'pending' && row.active === 1) {
    stuck(`: ${row.lastError}`);
    return;
  }
  const booking = [...carriers.values()].find(({ name }) => name === row.carrier)?.booked(shipmentId);
  if (row.sentAt !== null && booking === undefined && !ledger.isExcused(row)) {
    const message = `${shipmentId} is ${status}, and ${row.carrier} has nothing of it`;
    fail({ rule: 'what counts as sent is sent', message, orders: [orderId] });
  }
}

/** Every due date up to the latest day that a run took for today is planned, skipped and counted, or nobody's. */
function checkNoneForgotten(
  plan: Plan,
  { watch, fail, latestDay }: Stage,
  orderId: string,
  startsOn: string,
): void {
  const state = watch.statesOf(orderId).at(-1);
  if (!state?.active) return;
  const last = lastPlanned(watch, orderId) ?? '';
  const forgotten = dueDatesUpTo(startsOn, state.interval, latestDay.value).filter(
    (date) => date > last && !passedWhileInactive(plan, { watch }, orderId, date),
  );
  if (forgotten.length === 0) return;
  const message = `${orderId} is not planned for ${forgotten.join(', ')} on ${latestDay.value} (last: ${last || 'never'})`;
  fail({ rule: 'no due date is forgotten', message, orders: [orderId] });
}

function checkAcknowledged({ watch, fail }: Stage, acknowledged: readonly Acknowledged[]): void {
  const stored = new Set(
    watch
      .all<{ name: string }>(
        "select provider || ' ' || reference || ' ' || event_at || ' ' || code as name from tracking_events",
      )
      .map(({ name }) => name),
  );
  for (const { provider, reference, eventTimeMs, code } of acknowledged) {
    if (stored.has(`${provider} ${reference} ${eventTimeMs} ${code}`)) continue;
    const message = `${code} of ${dateOf(eventTimeMs)} about ${reference} was answered with 200 and is not there`;
    fail({ rule: 'no acknowledged event is lost', message, orders: [] });
  }
}

/** What triggers have counted is what there is. */
function checkCounts({ watch, fail }: Stage): void {
  const wrong = watch.all<{ status: string }>(`
    select status from (
      select status, sum(shipments) as counted from shipment_counts group by status having counted <> 0
      except select status, count(*) from shipments where is_current = 1 or status not in ('rejected', 'cancelled') group by status)
    union all select status from (
      select status, count(*) from shipments where is_current = 1 or status not in ('rejected', 'cancelled') group by status
      except select status, sum(shipments) from shipment_counts group by status)`);
  if (wrong.length === 0) return;
  const message = `shipments are counted wrongly: ${wrong.map(({ status }) => status).join(', ')}`;
  fail({ rule: 'counts are right', message, orders: [] });
}
