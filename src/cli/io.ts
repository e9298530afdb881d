import type { Readable, Writable } from 'node:stream';

type Output = Writable & { isTTY?: boolean; columns?: number };

/** What a command sees of the process it runs in; `process` itself fits. */
export interface Io {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  stdin: Readable;
  stdout: Output;
  stderr: Output;
  once(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Interruption {
  signal: AbortSignal;
  /** Which signal came, once one has. */
  received(): StopSignal | undefined;
  release(): void;
}

/** The first SIGINT or SIGTERM aborts; a second one meets no listener any more and ends the process at once. */
export function interruption(io: Io): Interruption {
  const controller = new AbortController();
  let received: StopSignal | undefined;
  const stopBy = (name: StopSignal) => () => {
    received = name;
    release();
    controller.abort();
  };
  const listeners = { SIGINT: stopBy('SIGINT'), SIGTERM: stopBy('SIGTERM') };
  const release = () => {
    io.off('SIGINT', listeners.SIGINT);
    io.off('SIGTERM', listeners.SIGTERM);
  };
  io.once('SIGINT', listeners.SIGINT);
  io.once('SIGTERM', listeners.SIGTERM);
  return { signal: controller.signal, received: () => received, release };
}
