import type { CarrierContext } from './carriers.ts';
import type { Process } from './world.ts';

/** How long a run has to hear of a pause that another run was asked for. */
const HEARS_WITHIN_MS = 5_000;
/** The longest pause that is kept. */
const LONGEST_PAUSE_MS = 86_400_000;
/** Timers and clocks that are not quite right. */
const SLACK_MS = 2_000;
/** Whether something was disturbed so shortly before plays a part as well. */
const BEFORE_MS = 60_000;

/** Nobody sends to a provider during a pause that it asked any run for. */
export function createPauseRule(name: string, { world, fail }: Pick<CarrierContext, 'world' | 'fail'>) {
  const pauses: { fromMs: number; untilMs: number }[] = [];
  return {
    /** As a request begins. */
    check(process: Process) {
      const nowMs = world.nowMs();
      for (const { fromMs, untilMs } of pauses) {
        if (nowMs < fromMs + HEARS_WITHIN_MS || nowMs > untilMs - SLACK_MS) continue;
        if (world.wasDisturbedSince(fromMs - BEFORE_MS) || process.activeMsSince(fromMs) < HEARS_WITHIN_MS)
          continue;
        const early = Math.round((untilMs - nowMs) / 1_000);
        const message = `${process.name} sends to ${name} ${early} s before the end of the pause that it asked for`;
        fail({ rule: 'a pause is kept', message, orders: [] });
      }
    },
    asked(process: Process, seconds: number) {
      const fromMs = world.nowMs();
      const untilMs = fromMs + Math.min(seconds * 1_000, LONGEST_PAUSE_MS);
      world.at(fromMs + HEARS_WITHIN_MS, () => {
        // A process that died or was stopped before it could store the pause may have kept it for itself.
        const heard = !process.wasKilled() && process.activeMsSince(fromMs) >= HEARS_WITHIN_MS;
        if (heard) pauses.push({ fromMs, untilMs });
      });
    },
  };
}
