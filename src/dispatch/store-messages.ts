import { CommandError, codeOf } from '../errors.ts';
import type { OutsideProviders } from '../providers/registry.ts';
import type { Store } from './store.ts';

/** What the thread is given to work with. */
export interface StoreThreadData {
  databasePath: string;
  outside: OutsideProviders;
}

/** To the thread. What is in it is JSON, which takes less time than cloning would. */
export interface Question {
  id: number;
  /** Of a `Call`; null to close the database. */
  call: string | null;
}

export interface Call {
  name: keyof Store;
  args: unknown[];
}

/** From the thread: the value as JSON, or why there is none. */
export interface Answer {
  id: number;
  value?: string;
  failure?: Failure;
}

/** The id of what the thread says first, without being asked: that it is ready, or why it can't be. */
export const READY = 0;

/** What there is of an error; neither ours nor SQLite's come through as what they are. */
interface Failure {
  message: string;
  stack: string | undefined;
  code: string | undefined;
  /** Of one that ends a command. */
  command?: Pick<CommandError, 'code' | 'hint' | 'problems'>;
}

export function failureOf(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const failure = { message, stack, code: codeOf(error) };
  if (!(error instanceof CommandError)) return failure;
  const { code, hint, problems } = error;
  return { ...failure, command: { code, hint, problems } };
}

export function errorOf({ command, message, stack, code }: Failure): Error {
  if (command) return new CommandError(command.code, message, command);
  return Object.assign(new Error(message), { stack, code });
}
