import type { MessagePort } from 'node:worker_threads';
import { openDatabase } from '../../../db/open.ts';
import { reasonOf } from '../../../providers/door.ts';
import type { ImportModule } from '../../../providers/load.ts';
import { allProviders } from '../../../providers/registry.ts';
import { type Store, storeOn } from '../store.ts';
import { type Answer, failureOf, type Question, READY, type StoreThreadData } from './messages.ts';

/** No longer for another process's lock: whoever asks knows how much time there is, and asks again. */
const LOCK_WAIT_MS = 1_000;

/** What only the thread's own start can do. */
interface StoreThreadHost {
  importModule: ImportModule;
  /** Calls whenever a promise is rejected of which nobody waits for the end. */
  onLeftBehind: (listener: (reason: unknown) => void) => void;
  /** Where to tell of it; undefined where that is to end the thread. */
  leftBehind: MessagePort | undefined;
}

/** Answers, in a thread, what an `openThreadStore` in another one asks. */
export async function serveStore(
  port: MessagePort,
  data: StoreThreadData,
  { importModule, onLeftBehind, leftBehind }: StoreThreadHost,
): Promise<void> {
  if (leftBehind) onLeftBehind((reason) => leftBehind.postMessage(reasonOf(reason)));
  const say = (answer: Answer) => port.postMessage(answer);
  const fail = (id: number) => (error: unknown) => say({ id, failure: failureOf(error) });
  const store = await open(data, importModule).catch(fail(READY));
  if (!store) return;
  port.on('message', ({ id, name, args }: Question) => {
    const answered: Promise<unknown> = Reflect.apply(store[name], store, args);
    answered.then((value) => say({ id, value })).catch(fail(id));
  });
  say({ id: READY });
}

async function open({ databasePath, outside }: StoreThreadData, importModule: ImportModule): Promise<Store> {
  const { providers, problems } = await allProviders(outside, importModule);
  const [problem] = problems;
  if (problem) throw new Error(`${problem.path}, loaded a second time: ${problem.message}`);
  const { db } = await openDatabase(databasePath, { create: false, lockWaitMs: LOCK_WAIT_MS });
  return storeOn(db, providers);
}
