import { CommandError } from '../errors.ts';
import { resolveShipment } from '../shipments/decisions.ts';
import { type Command, type Ending, withDatabase } from './command.ts';
import { operatorName, requireReason } from './operator.ts';

interface ResolveFlags {
  sent?: boolean;
  notSent?: boolean;
  reason?: string;
}

export const run: Command<ResolveFlags, [shipment: string]> = async (context, flags, shipment) => {
  const reason = requireReason(flags.reason);
  if (flags.sent === flags.notSent) {
    throw new CommandError('usage', 'Say one of --sent and --not-sent.', {
      hint: '--sent: the provider has the shipment. --not-sent: it does not, so the next run sends it.',
    });
  }
  const decision = flags.sent ? 'sent' : 'not-sent';
  const deciding = { by: operatorName(), reason, nowMs: context.clock() };
  return withDatabase(context, { create: false }, async ({ db }): Promise<Ending> => {
    const { shipmentId, status } = await resolveShipment(db, shipment, decision, deciding);
    context.output.result({ shipment_id: shipmentId, decision, status }, () =>
      decision === 'sent'
        ? `${shipmentId} counts as sent (${status}).`
        : `${shipmentId} counts as not sent: the next run of ship-due sends it.`,
    );
    return 'done';
  });
};
