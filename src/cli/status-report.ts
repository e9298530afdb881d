import { isDeepStrictEqual } from 'node:util';
import { toRfc3339 } from '../clock.ts';
import { printable } from '../log.ts';
import type { OrderDetail, ShipmentDetail } from '../shipments/order-detail.ts';
import type { Overview, ProviderOverview } from '../shipments/overview.ts';
import type { ShipmentStatus } from '../vocabulary.ts';
import type { Output } from './output.ts';
import { renderTable } from './tables.ts';

/** Shipments that a person is shown of one order; --json has them all. */
const SHIPMENTS_SHOWN = 10;

/** @param known - the providers that the program knows, by name. */
export function overviewDocument(
  { totalOrders, ordersBlocked, intervals, shipments, providers, unmatchedEvents }: Overview,
  known: ReadonlyMap<string, unknown>,
) {
  return {
    orders: {
      total: totalOrders,
      blocked: ordersBlocked,
      ...Object.fromEntries(
        [...intervals].map(([name, { active, due, nextDueOn }]) => [
          name,
          { active, due, next_due_on: nextDueOn },
        ]),
      ),
    },
    shipments,
    providers: Object.fromEntries(
      [...providers].map(([name, provider]) => [
        name,
        {
          known: known.has(name),
          active_orders: provider.activeOrders,
          due_orders: provider.dueOrders,
          paused_until: provider.pausedUntil === null ? null : toRfc3339(provider.pausedUntil),
          shipments: provider.shipments,
        },
      ]),
    ),
    unmatched_events: unmatchedEvents,
  };
}

export function describeOverview(
  overview: Overview,
  { today, known }: { today: string; known: ReadonlyMap<string, unknown> },
  { colors, width }: Output,
): string {
  const intervals = [...overview.intervals].map(([name, { active, due, nextDueOn }]) => [
    name,
    String(active),
    String(due),
    nextDueOn ?? '-',
  ]);
  const shipments = Object.entries(overview.shipments)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => [status, String(count)]);
  const unmatched = overview.unmatchedEvents;
  return [
    colors.bold(`Customer orders: ${overview.totalOrders} (today is ${today})`),
    renderTable(['INTERVAL', 'ACTIVE', 'DUE', 'NEXT DUE ON'], intervals, width),
    '',
    colors.bold('Shipments'),
    shipments.length > 0 ? renderTable(['STATUS', 'SHIPMENTS'], shipments, width) : 'None yet.',
    ...describeProviders(overview.providers, known, { colors, width }),
    ...(overview.ordersBlocked > 0
      ? ['', colors.red(`Orders blocked because they can't be planned: ${overview.ordersBlocked}`)]
      : []),
    ...(unmatched > 0
      ? [
          '',
          colors.yellow(
            `Events for shipments that we do not know: ${unmatched} (shipctl events --unmatched)`,
          ),
        ]
      : []),
  ].join('\n');
}

/** Nothing where there is one provider of which the rest says all. */
function describeProviders(
  providers: Overview['providers'],
  known: ReadonlyMap<string, unknown>,
  { colors, width }: Pick<Output, 'colors' | 'width'>,
): string[] {
  const remarks = ([name, { pausedUntil }]: [string, ProviderOverview]) => [
    ...(known.has(name) ? [] : ['not known here: see SHIPCTL_PROVIDERS']),
    ...(pausedUntil === null ? [] : [`asked to be left alone until ${toRfc3339(pausedUntil)}`]),
  ];
  const rows = [...providers].map((entry) => {
    const [name, { activeOrders, dueOrders, shipments }] = entry;
    const { pending, sending, rejected, uncertain, cancelled: _, ...accepted } = shipments;
    const has = Object.values(accepted).reduce((sum, count) => sum + count, 0);
    const counts = [activeOrders, dueOrders, pending + sending, has, rejected, uncertain];
    return [name, ...counts.map(String), remarks(entry).join(', ')];
  });
  if (rows.length < 2 && rows.every((row) => row.at(-1) === '')) return [];
  const titles = ['PROVIDER', 'ORDERS', 'DUE', 'TO SEND', 'TAKEN', 'REJECTED', 'UNCERTAIN', 'REMARK'];
  return ['', colors.bold('Providers'), renderTable(titles, rows, width)];
}

export function orderDocument(order: OrderDetail) {
  return {
    order: {
      order_id: order.orderId,
      provider: order.provider,
      delivery_service: order.deliveryService,
      shipping_interval: order.shippingInterval,
      starts_on: order.startsOn,
      next_due_on: order.nextDueOn,
      active: order.active,
      problem: order.problem,
      items: order.items.map(({ itemId, quantity, weightGrams }) => ({
        item_id: itemId,
        quantity,
        weight: weightGrams,
      })),
      delivery_address: addressDocument(order.deliveryAddress),
    },
    shipments: order.shipments.map(shipmentDocument),
  };
}

function addressDocument({ line1, line2, ...address }: OrderDetail['deliveryAddress']) {
  return {
    recipient: address.recipient,
    line_1: line1,
    line_2: line2,
    city: address.city,
    postcode: address.postcode,
    country: address.country,
  };
}

function shipmentDocument(shipment: ShipmentDetail) {
  return {
    shipment_id: shipment.shipmentId,
    due_on: shipment.dueOn,
    provider: shipment.provider,
    status: shipment.status,
    attempts: shipment.attempts.length,
    sent_at: shipment.sentAt === null ? null : toRfc3339(shipment.sentAt),
    skipped_periods: shipment.skippedPeriods,
    last_error: shipment.lastError,
    tracking_number: shipment.trackingNumber,
    attempt_log: shipment.attempts.map((attempt) => ({
      started_at: toRfc3339(attempt.startedAt),
      duration_ms: attempt.durationMs,
      outcome: attempt.outcome,
      http_status: attempt.httpStatus,
      reason: attempt.reason,
    })),
    decisions: shipment.decisions.map((decision) => ({
      decided_at: toRfc3339(decision.decidedAt),
      decided_by: decision.decidedBy,
      decision: decision.decision,
      reason: decision.reason,
    })),
    superseded_by: shipment.supersededBy,
    delivery_address: addressDocument(shipment.deliveryAddress),
    events: shipment.events.map((event) => ({
      event_name: event.eventName,
      code: event.code,
      event_time: toRfc3339(event.eventAt),
      received_at: toRfc3339(event.receivedAt),
    })),
  };
}

export function describeOrder(order: OrderDetail, { colors, width }: Output): string {
  const shown = order.shipments.slice(0, SHIPMENTS_SHOWN);
  const hidden = order.shipments.length - shown.length;
  return [
    colors.bold(`Customer order ${order.orderId}`) + (order.active ? '' : colors.yellow(' (not active)')),
    `  ${order.shippingInterval} since ${order.startsOn}, next due on ${order.nextDueOn}`,
    `  ${order.deliveryService} by ${printable(order.provider)}`,
    `  ${order.items.map(({ itemId, quantity, weightGrams }) => `${quantity} x ${printable(itemId)} (${weightGrams} g)`).join(', ')}`,
    `  ${oneLine(order.deliveryAddress)}`,
    ...(order.problem === null
      ? []
      : [
          colors.red(`  blocked: ${printable(order.problem)}`),
          '  Load the order again with "shipctl seed".',
        ]),
    '',
    ...(shown.length === 0
      ? ['No shipments yet.']
      : shown.map((shipment) => describeShipment(shipment, order, { colors, width }))),
    ...(hidden > 0 ? [`… and ${hidden} earlier shipments: --json lists them all.`] : []),
  ]
    .join('\n')
    .trimEnd();
}

function oneLine(to: OrderDetail['deliveryAddress']): string {
  return [to.recipient, to.line1, to.line2, to.city, to.postcode, to.country]
    .filter(Boolean)
    .map(printable)
    .join(', ');
}

function describeShipment(
  shipment: ShipmentDetail,
  order: Pick<OrderDetail, 'provider' | 'deliveryAddress'>,
  { colors, width }: Pick<Output, 'colors' | 'width'>,
): string {
  const { attempts, decisions, events, lastError, skippedPeriods, supersededBy, trackingNumber } = shipment;
  const facts = [
    `due on ${shipment.dueOn}`,
    ...(shipment.provider === order.provider ? [] : [`by ${printable(shipment.provider)}`]),
    ...(shipment.sentAt === null ? [] : [`sent ${toRfc3339(shipment.sentAt)}`]),
    attempts.length === 1 ? '1 attempt' : `${attempts.length} attempts`,
    ...(trackingNumber === null ? [] : [`tracking number ${printable(trackingNumber)}`]),
    ...(skippedPeriods > 0 ? [`${skippedPeriods} missed due dates before it`] : []),
    ...(supersededBy === null ? [] : [`replaced by ${supersededBy}`]),
  ];
  const happened = [
    ...attempts
      // One attempt that was taken is what "sent" says already.
      .filter(({ outcome }) => outcome !== 'accepted' || attempts.length > 1)
      .map(({ startedAt, outcome, reason }) => [toRfc3339(startedAt), `attempt ${outcome}`, reason ?? '']),
    ...decisions.map(({ decidedAt, decision, decidedBy, reason }) => [
      toRfc3339(decidedAt),
      `${decision}, says ${decidedBy}`,
      reason,
    ]),
    ...events.map(({ eventAt, eventName, code }) => [
      toRfc3339(eventAt),
      eventName ?? `(${code})`,
      eventName === null || eventName === code ? '' : code,
    ]),
  ];
  return [
    `${colors.bold(shipment.shipmentId)}  ${paint(shipment.status, colors)}`,
    `  ${facts.join(', ')}`,
    ...(isDeepStrictEqual(shipment.deliveryAddress, order.deliveryAddress)
      ? []
      : [`  to another address: ${oneLine(shipment.deliveryAddress)}`]),
    ...(lastError === null ? [] : [`  ${colors.red('last error:')} ${printable(lastError)}`]),
    ...(happened.length === 0
      ? []
      : renderTable(['WHEN', 'WHAT', 'WHY'], happened, width - 2)
          .split('\n')
          .map((line) => `  ${line}`)),
    '',
  ].join('\n');
}

function paint(status: ShipmentStatus, colors: Output['colors']): string {
  switch (status) {
    case 'delivered':
      return colors.green(status);
    case 'rejected':
    case 'failed-to-deliver':
      return colors.red(status);
    case 'uncertain':
      return colors.yellow(status);
    default:
      return colors.cyan(status);
  }
}
