import { codeOf } from '../../../errors.ts';
import type { OutsideProviders } from '../../../providers/registry.ts';
import type { Store } from '../store.ts';

/** What the thread is given to work with. */
export interface StoreThreadData {
  databasePath: string;
  outside: OutsideProviders;
}

/** To the thread. */
export interface Question {
  id: number;
  name: keyof Store;
  args: unknown[];
}

/** From the thread: the value, or why there is none. */
export interface Answer {
  id: number;
  value?: unknown;
  failure?: Failure;
}

/** The id of what the thread says first, without being asked: that it is ready, or why it can't be. */
export const READY = 0;

/** What there is of an error: SQLite's don't come through as errors. */
interface Failure {
  message: string;
  stack: string | undefined;
  code: string | undefined;
}

export function failureOf(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, stack, code: codeOf(error) };
}

export function errorOf(failure: Failure): Error {
  return Object.assign(new Error(failure.message), failure);
}
