/** Failures in a row, with nothing accepted or rejected between them, after which a provider is left alone. */
const FAILURES_TO_OPEN = 20;
const FIRST_PROBE_MS = 500;
const LONGEST_PROBE_MS = 15_000;
/** How long a run has patience with a provider that does not answer. */
const PATIENCE_MS = 20_000;

/** Leave to send one request; a probe decides whether a provider that failed is asked again. */
export type Turn = 'request' | 'probe';

/**
 * Leaves a provider alone that fails again and again: while the circuit is open one request at a time probes, at growing
 * distances, until the patience of the run is lost. Times are the monotonic clock's.
 */
export interface Circuit {
  readonly failuresInRow: number;
  readonly failingSince: number;
  readonly failedProbes: number;
  readonly isProbing: boolean;
  /** No request begins before then. */
  readonly restUntil: number;
  readonly isPatienceLost: boolean;
}

export const CLOSED: Circuit = {
  failuresInRow: 0,
  failingSince: 0,
  failedProbes: 0,
  isProbing: false,
  restUntil: 0,
  isPatienceLost: false,
};

/** As what the next request would go out; undefined while another one probes. */
export function nextTurn(circuit: Circuit): Turn | undefined {
  if (circuit.failuresInRow < FAILURES_TO_OPEN) return 'request';
  return circuit.isProbing ? undefined : 'probe';
}

export function begin(circuit: Circuit, turn: Turn): Circuit {
  return turn === 'probe' ? { ...circuit, isProbing: true } : circuit;
}

/** The turn ends and says nothing of whether the provider is well. */
export function end(circuit: Circuit, turn: Turn): Circuit {
  return turn === 'probe' ? { ...circuit, isProbing: false } : circuit;
}

/** It accepted or rejected a shipment. */
export function close(circuit: Circuit, turn: Turn): Circuit {
  if (circuit.failuresInRow === 0) return end(circuit, turn);
  return { ...end(circuit, turn), failuresInRow: 0, failedProbes: 0 };
}

export function fail(circuit: Circuit, turn: Turn, nowMs: number): Circuit {
  const failed = {
    ...end(circuit, turn),
    failuresInRow: circuit.failuresInRow + 1,
    failingSince: circuit.failuresInRow === 0 ? nowMs : circuit.failingSince,
    failedProbes: circuit.failedProbes + (turn === 'probe' ? 1 : 0),
  };
  // Requests that were under way when the circuit opened say nothing new.
  if (turn !== 'probe' && failed.failuresInRow !== FAILURES_TO_OPEN) return failed;
  const restMs = Math.min(FIRST_PROBE_MS * 2 ** failed.failedProbes, LONGEST_PROBE_MS);
  return {
    ...failed,
    restUntil: nowMs + restMs,
    isPatienceLost: circuit.isPatienceLost || nowMs - failed.failingSince >= PATIENCE_MS,
  };
}
