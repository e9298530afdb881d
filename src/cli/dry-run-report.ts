import type { PlannedShipment } from '../dispatch/dry-run.ts';
import type { ShipmentProblem } from '../dispatch/tally.ts';
import { ROWS_SHOWN, renderTable } from './tables.ts';

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
    lines.push('', renderTable(['ORDER', 'SHIPMENT', 'DUE ON', 'PROVIDER'], rows, width));
    if (due > shown.length) lines.push(`… and ${due - shown.length} more: --json lists them all.`);
  }
  if (unplannable > 0) {
    const rows = problems.slice(0, ROWS_SHOWN).map(({ orderId, message }) => [orderId, message]);
    lines.push(
      '',
      `Would be rejected: ${unplannable}. Correct the orders with "shipctl seed".`,
      '',
      renderTable(['ORDER', 'PROBLEM'], rows, width),
    );
    if (unplannable > rows.length) lines.push(`… and ${unplannable - rows.length} more.`);
  }
  return lines.join('\n');
}
