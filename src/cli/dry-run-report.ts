import type { PlannedShipment } from '../dispatch/claims/dry-run.ts';
import type { ShipmentProblem } from '../dispatch/summary/tally.ts';
import { renderFirst } from './tables.ts';

export interface DryRunFindings {
  asOf: string;
  due: number;
  /** The first of them. */
  shown: readonly PlannedShipment[];
  /** Orders that are due and can't be planned as they are. */
  unplannable: number;
  /** The first of them. */
  problems: readonly ShipmentProblem[];
}

export function describeDryRun(findings: DryRunFindings, width: number): string {
  const { asOf, due, shown, unplannable, problems } = findings;
  if (due + unplannable === 0) return `Nothing is due on ${asOf}.`;
  const lines = [`Due on ${asOf}: ${due}. Nothing was sent (dry run).`];
  if (due > 0) {
    const rows = shown.map(({ orderId, shipmentId, dueOn, provider }) => [
      orderId,
      shipmentId,
      dueOn,
      provider,
    ]);
    const titles = ['ORDER', 'SHIPMENT', 'DUE ON', 'PROVIDER'];
    lines.push('', renderFirst(titles, rows, { total: due, width, see: '--json lists them all' }));
  }
  if (unplannable > 0) {
    const rows = problems.map(({ orderId, message }) => [orderId, message]);
    lines.push(
      '',
      `Would be rejected: ${unplannable}. Correct the orders with "shipctl seed".`,
      '',
      renderFirst(['ORDER', 'PROBLEM'], rows, { total: unplannable, width }),
    );
  }
  return lines.join('\n');
}
