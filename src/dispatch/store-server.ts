import type { MessagePort } from 'node:worker_threads';
import { openDatabase } from '../db/open.ts';
import { CommandError } from '../errors.ts';
import type { ImportModule } from '../providers/load.ts';
import { allProviders } from '../providers/registry.ts';
import { storeOn } from './store.ts';
import {
  type Answer,
  type Call,
  failureOf,
  type Question,
  READY,
  type StoreThreadData,
} from './store-messages.ts';

/** No longer for another process's lock: whoever asks knows how much time there is, and asks again. */
const LOCK_WAIT_MS = 1_000;

/** Answers, in a thread, what an `openThreadStore` in another one asks. */
export async function serveStore(
  port: MessagePort,
  data: StoreThreadData,
  importModule: ImportModule,
): Promise<void> {
  const say = (answer: Answer) => port.postMessage(answer);
  const fail = (id: number) => (error: unknown) => say({ id, failure: failureOf(error) });
  const opened = await open(data, importModule).catch(fail(READY));
  if (!opened) return;
  const { store, close } = opened;
  const answer = (text: string | null): Promise<unknown> => {
    if (text === null) return close();
    const { name, args }: Call = JSON.parse(text);
    return Reflect.apply(store[name], store, args);
  };
  port.on('message', ({ id, call }: Question) => {
    answer(call).then((value) => say({ id, value: JSON.stringify(value) }), fail(id));
  });
  say({ id: READY });
}

async function open({ databasePath, outside }: StoreThreadData, importModule: ImportModule) {
  const { providers, problems } = await allProviders(outside, importModule);
  if (problems.length > 0) {
    throw new CommandError(
      'configuration',
      'A provider from outside was loaded once, but not a second time.',
      {
        hint: 'A large run plans in a thread of its own: the module must load there as well.',
        problems,
      },
    );
  }
  const { db, close } = await openDatabase(databasePath, { create: false, lockWaitMs: LOCK_WAIT_MS });
  return { store: storeOn(db, providers), close };
}
