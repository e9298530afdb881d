import { CommandError } from '../errors.ts';
import { isName } from '../providers/json.ts';
import { type Resolved, resolveShipment } from '../shipments/decisions.ts';
import { type Command, type Ending, withDatabase } from './command.ts';
import { operatorName, requireReason } from './operator.ts';

interface ResolveFlags {
  sent?: boolean;
  notSent?: boolean;
  reason?: string;
  trackingNumber?: string;
}

export const run: Command<ResolveFlags, [shipment: string]> = async (context, flags, shipment) => {
  const reason = requireReason(flags.reason);
  if (flags.sent === flags.notSent) {
    throw new CommandError('usage', 'Say one of --sent and --not-sent.', {
      hint: '--sent: the provider has the shipment. --not-sent: it does not, so the next run sends it.',
    });
  }
  const { trackingNumber } = flags;
  if (trackingNumber !== undefined && (flags.notSent || !isName(trackingNumber))) {
    throw new CommandError('usage', '--tracking-number takes the number of a shipment that was sent.', {
      hint: 'At most 100 characters on one line, together with --sent.',
    });
  }
  const decision = flags.sent ? 'sent' : 'not-sent';
  const deciding = { by: operatorName(), reason, nowMs: context.clock.now(), trackingNumber };
  return withDatabase(context, { create: false }, async ({ db }): Promise<Ending> => {
    const resolved = await resolveShipment(db, context.providers, shipment, decision, deciding);
    const { shipmentId, status, isTracked } = resolved;
    context.output.result({ shipment_id: shipmentId, decision, status }, () =>
      decision === 'sent'
        ? `${shipmentId} counts as sent (${status}).`
        : `${shipmentId} counts as not sent: ${whatFollows(resolved)}.`,
    );
    if (decision === 'sent' && !isTracked) {
      context.log.warn(
        'its events carry a tracking number that is not known: resolve it again with --tracking-number',
        {
          shipment_id: shipmentId,
        },
      );
    }
    if (trackingNumber !== undefined && resolved.sharesNumberWith !== null) {
      context.log.warn('another shipment has the same tracking number: is it right?', {
        shipment_id: resolved.sharesNumberWith,
      });
    }
    return 'done';
  });
};

function whatFollows({ status, isActive, lastError }: Resolved): string {
  if (status !== 'pending') return `it is ${status} (${lastError})`;
  return isActive ? 'the next run of ship-due sends it' : 'it is sent once its order is active again';
}
