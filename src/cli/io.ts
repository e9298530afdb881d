import type { Readable, Writable } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import type { StoreThreadData } from '../dispatch/claims/thread/messages.ts';
import type { ImportModule } from '../providers/load.ts';
import type { OnLeftBehind } from './left-behind.ts';

type Output = Writable & { isTTY?: boolean; columns?: number };

/** What a command sees of the process it runs in; `process` itself fits. */
export interface Io {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  stdin: Readable;
  stdout: Output;
  stderr: Output;
  pid: number;
  kill(pid: number, signal: StopSignal): unknown;
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

/** What only the program's own start can do, and not code that was built into one file. */
export interface Host {
  /** `import()` itself. */
  importModule: ImportModule;
  /** Starts a thread that runs `serveStore`. */
  startStoreThread?: (data: StoreThreadData) => Worker;
  onLeftBehind?: OnLeftBehind;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Interruption {
  signal: AbortSignal;
  /** Which signal came, once one has. */
  received(): StopSignal | undefined;
  release(): void;
}

/** The first SIGINT or SIGTERM aborts; a second one, of either kind and however soon, ends the process at once. */
export function interruption(io: Io): Interruption {
  const controller = new AbortController();
  let received: StopSignal | undefined;
  const stopBy = (name: StopSignal) => () => {
    if (received) {
      release();
      // Without a listener it does what it does by default. Left to itself, one that came together with the first is lost.
      io.kill(io.pid, name);
    }
    received ??= name;
    controller.abort();
  };
  const listeners = { SIGINT: stopBy('SIGINT'), SIGTERM: stopBy('SIGTERM') };
  const release = () => {
    io.off('SIGINT', listeners.SIGINT);
    io.off('SIGTERM', listeners.SIGTERM);
  };
  io.on('SIGINT', listeners.SIGINT);
  io.on('SIGTERM', listeners.SIGTERM);
  return { signal: controller.signal, received: () => received, release };
}
