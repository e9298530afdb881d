import type { Log } from '../log.ts';
import { reasonOf } from '../providers/door.ts';
import { excerpt } from '../providers/excerpt.ts';
import { createRedactor } from '../secrets.ts';

/** Calls whenever a promise is rejected of which nobody waits for the end, in any thread, with what it was rejected with. */
export type OnLeftBehind = (listener: (reason: unknown) => void) => void;

/**
 * Tells of the first such promise, most likely a provider's, instead of ending the process: what is under way is sent and
 * recorded all the same.
 *
 * @returns takes the secrets that must not be shown; nothing is told before that.
 */
export function tellOfLeftBehind(onLeftBehind: OnLeftBehind, log: Log): (secrets: readonly string[]) => void {
  let first: { reason: unknown } | undefined;
  let hidden: readonly string[] | undefined;
  const tell = () => {
    if (first === undefined || hidden === undefined) return;
    log.error(
      "a promise was rejected and nobody waited for it: most likely a provider's code left it behind",
      { reason: excerpt(createRedactor(hidden).redact(reasonOf(first.reason))) },
    );
  };
  onLeftBehind((reason) => {
    if (first !== undefined) return;
    first = { reason };
    tell();
  });
  return (secrets) => {
    hidden = secrets;
    tell();
  };
}
