import type { Worker } from 'node:worker_threads';
import { retryWhileLocked } from '../db/sqlite-dialect.ts';
import type { Store } from './store.ts';
import { type Answer, type Call, errorOf, type Question, READY } from './store-messages.ts';

/** A store with a thread of its own: while it asks and writes, this one goes on sending. */
export interface ThreadStore extends Store {
  close(): Promise<void>;
}

/**
 * The store of a thread that runs `serveStore`.
 *
 * @param lockWaitMs - how long a question waits for another process's lock; asked again while it waits.
 * @throws CommandError where the thread can't begin; questions throw an Error once it has died.
 */
export async function openThreadStore(worker: Worker, lockWaitMs: () => number): Promise<ThreadStore> {
  const waiting = new Map<number, { resolve(value: string): void; reject(error: Error): void }>();
  let lastId = READY;
  let death: Error | undefined;

  const answerTo = (id: number): Promise<string> =>
    new Promise((resolve, reject) => {
      if (death) reject(death);
      else waiting.set(id, { resolve, reject });
    });
  const send = (call: string | null): Promise<string> => {
    lastId += 1;
    worker.postMessage({ id: lastId, call } satisfies Question);
    return answerTo(lastId);
  };
  const ask =
    <Args extends unknown[], Value>(name: keyof Store) =>
    async (...args: Args): Promise<Value> => {
      const call = JSON.stringify({ name, args } satisfies Call);
      return JSON.parse(await retryWhileLocked(lockWaitMs, () => send(call)));
    };

  const die = (error: Error) => {
    death ??= error;
    for (const { reject } of waiting.values()) reject(death);
    waiting.clear();
  };
  worker.on('message', ({ id, value = 'null', failure }: Answer) => {
    if (failure) waiting.get(id)?.reject(errorOf(failure));
    else waiting.get(id)?.resolve(value);
    waiting.delete(id);
  });
  worker.on('error', (cause) => die(new Error('the thread that asks the database has died', { cause })));
  worker.on('exit', () => die(new Error('the thread that asks the database has ended')));

  try {
    await answerTo(READY);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return {
    planAndClaim: ask('planAndClaim'),
    claimLeftovers: ask('claimLeftovers'),
    claimRetries: ask('claimRetries'),
    claimSuspect: ask('claimSuspect'),
    nextRetryAt: ask('nextRetryAt'),
    otherHolders: ask('otherHolders'),
    takeOver: ask('takeOver'),
    recordResults: ask('recordResults'),
    async close() {
      if (!death) await send(null);
      // A provider from outside may have begun something that would keep the thread alive.
      await worker.terminate();
    },
  };
}
