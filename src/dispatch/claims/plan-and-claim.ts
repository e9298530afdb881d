import { sql } from 'kysely';
import type { Db } from '../../db/open.ts';
import { rowsTable } from '../../db/rows.ts';
import type { Provider } from '../../providers/provider.ts';
import { bodyOf, tracksByNumber } from '../../shipments/provider-form.ts';
import { planShipments } from '../../shipments/transitions.ts';
import type { Claimant, ClaimedShipment } from './claim.ts';
import { type DueOrder, type DueShipment, explainFailure, readDue } from './due-orders.ts';

export interface Planned {
  claimed: ClaimedShipment[];
  skippedPeriods: number;
  /** Orders that can't be planned as they are stored: no run looks at them again until they are seeded anew. */
  blocked: { orderId: string; message: string }[];
}

interface PlannedShipment extends DueShipment {
  customerOrder: number;
  orderId: string;
  body: string;
}

/**
 * Plans what is due and claims it at once: the shipment exists, with its body, in the same transaction that moves
 * the order's next due date. After it a due date can neither be lost nor be planned a second time.
 */
export async function planAndClaim(
  db: Db,
  providers: ReadonlyMap<string, Provider>,
  claimant: Claimant,
  limit: number,
): Promise<Planned> {
  const provider = providers.get(claimant.provider);
  if (!provider) throw new Error(`there is no provider ${claimant.provider}`);
  return db.transaction().execute(async (trx) => {
    const due: DueOrder[] = [];
    for (const interval of claimant.intervals) {
      if (due.length >= limit) break;
      due.push(...(await readDue(trx, provider, interval, claimant.asOf, limit - due.length)));
    }
    const shipments: PlannedShipment[] = [];
    const blocked: { customerOrder: number; orderId: string; message: string }[] = [];
    for (const { customerOrder, orderId, shipment } of due) {
      const planned =
        'unplannable' in shipment
          ? shipment
          : explainFailure(() => ({
              ...shipment,
              customerOrder,
              orderId,
              body: bodyOf(provider, shipment.request),
            }));
      if ('unplannable' in planned) blocked.push({ customerOrder, orderId, message: planned.unplannable });
      else shipments.push(planned);
    }

    const keys = await planShipments(
      trx,
      { provider: provider.name, trackedByNumber: tracksByNumber(provider), run: claimant.run },
      shipments.map((shipment) => ({
        customer_order: shipment.customerOrder,
        due_on: shipment.dueOn,
        shipment_id: shipment.request.shipmentId,
        body: shipment.body,
        skipped_periods: shipment.skippedPeriods,
      })),
    );
    const claimed: ClaimedShipment[] = [];
    let skippedPeriods = 0;
    for (const { customerOrder, orderId, request, body, ...period } of shipments) {
      const id = keys.get(customerOrder);
      if (id === undefined) {
        const message = `there is a shipment ${request.shipmentId} or one for ${period.dueOn} already`;
        blocked.push({ customerOrder, orderId, message });
        continue;
      }
      skippedPeriods += period.skippedPeriods;
      const { shipmentId } = request;
      const first = { claim: 1, edition: 1, failedAttempts: 0, mayBeAccepted: false };
      claimed.push({ id, orderId, shipmentId, body, leaseEpoch: claimant.leaseEpoch, ...first });
    }
    await advanceSchedules(
      trx,
      shipments.filter(({ customerOrder }) => keys.has(customerOrder)),
    );
    if (blocked.length > 0) await blockOrders(trx, blocked);
    return { claimed, skippedPeriods, blocked };
  });
}

async function advanceSchedules(trx: Db, shipments: readonly PlannedShipment[]): Promise<void> {
  if (shipments.length === 0) return;
  await trx
    .updateTable('customer_orders')
    .from(
      rowsTable(
        'planned',
        { customer_order: 'integer', due_on: 'text', next_due_on: 'text' },
        shipments.map((shipment) => ({
          customer_order: shipment.customerOrder,
          due_on: shipment.dueOn,
          next_due_on: shipment.nextDueOn,
        })),
      ),
    )
    .set({ next_due_on: sql<string>`planned.next_due_on`, last_due_on: sql<string>`planned.due_on` })
    .whereRef('customer_orders.id', '=', 'planned.customer_order')
    .execute();
}

async function blockOrders(
  trx: Db,
  orders: readonly { customerOrder: number; message: string }[],
): Promise<void> {
  const rows = orders.map(({ customerOrder, message }) => ({ customer_order: customerOrder, message }));
  await trx
    .updateTable('customer_orders')
    .from(rowsTable('faulty', { customer_order: 'integer', message: 'text' }, rows))
    .set({ problem: sql<string>`faulty.message` })
    .whereRef('customer_orders.id', '=', 'faulty.customer_order')
    .execute();
}
