import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

export function describeMachine() {
  const processors = cpus();
  return {
    node: `Node ${process.version}`,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model ?? 'unknown CPU',
    cores: `${processors.length} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
  };
}

/**
 * Milliseconds of CPU time that a process has had, of all threads and of its main thread (Node's event loop).
 * @returns {{ all: number, main: number } | undefined} undefined where the system does not tell (not Linux).
 */
export function cpuTimeMs(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const times = threads.map((thread) => onCpuMs(`/proc/${pid}/task/${thread}/schedstat`));
    return { all: times.reduce((sum, ms) => sum + ms, 0), main: onCpuMs(`/proc/${pid}/schedstat`) };
  } catch {
    return undefined;
  }
}

function onCpuMs(path) {
  return Number(readFileSync(path, 'utf8').split(' ')[0]) / 1e6;
}

/** Milliseconds that the machine's cores have been busy, whoever used them. */
export function machineBusyMs() {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
}
