import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../../clock.ts';
import { type LockWait, retryWhileLocked } from '../../../db/sqlite-dialect.ts';
import { CommandError } from '../../../errors.ts';
import type { Store } from '../store.ts';
import { type Answer, errorOf, type Question, READY } from './messages.ts';

/** For as long a run waits for it to begin; it takes some 50. */
const BEGIN_MS = 5_000;

/** A store with a thread of its own: while it asks and writes, this one goes on sending. */
export interface ThreadStore extends Store {
  close(): Promise<void>;
}

/**
 * The store of a thread that runs `serveStore`.
 *
 * @param lockWaitMs - how long a question waits for another process's lock.
 * @throws Error where the thread can't begin; questions throw a CommandError once it has died.
 */
export async function openThreadStore(
  worker: Worker,
  lockWaitMs: LockWait,
  clock: Clock,
): Promise<ThreadStore> {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let lastId = READY;
  let death: Error | undefined;

  const answerTo = <Value>(id: number): Promise<Value> =>
    new Promise((resolve, reject) => {
      if (death) reject(death);
      else waiting.set(id, { resolve, reject });
    });
  const send = <Value>(name: keyof Store, args: unknown[]): Promise<Value> => {
    lastId += 1;
    worker.postMessage({ id: lastId, name, args } satisfies Question);
    return answerTo(lastId);
  };
  const ask =
    <Args extends unknown[], Value>(name: keyof Store) =>
    (...args: Args): Promise<Value> =>
      retryWhileLocked(lockWaitMs, () => send<Value>(name, args));

  const die = (error: Error) => {
    death ??= error;
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  };
  worker.on('message', ({ id, value, failure }: Answer) => {
    if (failure) waiting.get(id)?.reject(errorOf(failure));
    else waiting.get(id)?.resolve(value);
    waiting.delete(id);
  });
  worker.on('error', (cause) => die(deathBy(cause instanceof Error ? cause.message : String(cause), cause)));
  worker.on('exit', () => die(deathBy('it ended by itself')));

  const stopWaiting = clock.after(BEGIN_MS, () =>
    die(new Error(`it did not begin within ${BEGIN_MS / 1000} s`)),
  );
  try {
    await answerTo(READY);
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    stopWaiting();
  }
  return {
    planAndClaim: ask('planAndClaim'),
    claimBacklog: ask('claimBacklog'),
    claimRetries: ask('claimRetries'),
    claimQuarantined: ask('claimQuarantined'),
    unclaim: ask('unclaim'),
    confirmClaim: ask('confirmClaim'),
    nextRetryAt: ask('nextRetryAt'),
    otherHolders: ask('otherHolders'),
    rescue: ask('rescue'),
    recordResults: ask('recordResults'),
    async close() {
      // What was answered is durable. A provider from outside may have begun something that keeps the thread alive.
      await worker.terminate();
    },
  };
}

function deathBy(reason: string, cause?: unknown): CommandError {
  return new CommandError('unexpected', `The thread that asks the database has died: ${reason}`, {
    hint: 'This is a bug in shipctl, or in a provider from outside. The next run claims what this one left.',
    cause,
  });
}
