import type { OrderChange, Step } from './plan.ts';
import { type Interruption, spoken } from './world.ts';

/** A step as a line to read. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'run': {
      const { name, interval, concurrency, limit, signalAfterMs } = step;
      const parts = [
        interval ?? 'both intervals',
        `concurrency ${concurrency}`,
        limit === null ? [] : `at most ${limit}`,
        signalAfterMs === null ? [] : `SIGTERM after ${spoken(signalAfterMs)}`,
        interrupted(step),
      ].flat();
      return `${name} starts (${parts.join(', ')})`;
    }
    case 'load':
      return [`${step.name}: ${step.changes.map(describeChange).join('; ')}`, ...interrupted(step)].join(
        ', ',
      );
    case 'retry':
      return [`${step.name}: ${step.orderId ?? 'all that is rejected'}`, ...interrupted(step)].join(', ');
    case 'resolve':
      return [`${step.name}${step.wrongly ? ', wrongly' : ''}`, ...interrupted(step)].join(', ');
    case 'receiver':
      return [`${step.name} takes the place of the one before`, ...interrupted(step)].join(', ');
    case 'trouble':
      return `${step.carrier}: ${step.trouble} for ${spoken(step.forMs)}, ${step.probability * 100} % of requests`;
    case 'step-clock':
      return `the wall clock is set ${step.byMs > 0 ? 'forwards' : 'back'} by ${spoken(step.byMs)}`;
    case 'sleep':
      return `the machine sleeps for ${spoken(step.forMs)}`;
    case 'odd-event':
      return `${step.carrier} sends ${step.odd === 'unknown' ? 'an' : 'a'} ${step.odd} event (${step.orderId}, ${step.days} days)`;
    default:
      return step satisfies never;
  }
}

function interrupted({ interruptions }: { interruptions: readonly Interruption[] }): string[] {
  return interruptions.map((each) =>
    each.kind === 'kill'
      ? `killed at turn ${each.atTurn}`
      : `stopped at turn ${each.atTurn} for ${spoken(each.forMs)}`,
  );
}

function describeChange({ orderId, address, carrier, interval, active }: OrderChange): string {
  if (address !== undefined) return `${orderId} moves to house ${address}`;
  if (carrier !== undefined) return `${orderId} goes to ${carrier}`;
  if (interval !== undefined) return `${orderId} becomes ${interval}`;
  return `${orderId} becomes ${active ? 'active' : 'inactive'}`;
}
