import { describe, expect, it } from 'vitest';
import {
  begin,
  type Circuit,
  CLOSED,
  close,
  end,
  fail,
  nextTurn,
} from '../../../src/dispatch/send/pace/circuit.ts';

describe('a circuit', () => {
  it('opens at the twentieth failure in a row, and rests for half a second', () => {
    const nineteen = failing(19, 1_000);
    const twenty = fail(nineteen, 'request', 1_000);

    expect(nextTurn(nineteen)).toBe('request');
    expect(nineteen.restUntil).toBe(0);
    expect(nextTurn(twenty)).toBe('probe');
    expect(twenty.restUntil).toBe(1_500);
  });

  it('begins to count anew with every answer', () => {
    const circuit = fail(close(failing(19, 0), 'request'), 'request', 0);

    expect(circuit.failuresInRow).toBe(1);
    expect(nextTurn(circuit)).toBe('request');
  });

  it('lets one request probe at a time', () => {
    const open = failing(20, 0);
    const probing = begin(open, 'probe');

    expect(nextTurn(open)).toBe('probe');
    expect(nextTurn(probing)).toBeUndefined();
    expect(nextTurn(end(probing, 'probe'))).toBe('probe');
    expect(nextTurn(fail(probing, 'probe', 0))).toBe('probe');
  });

  it('keeps to its probe while requests end that were under way before', () => {
    const probing = begin(failing(20, 0), 'probe');

    expect(nextTurn(fail(probing, 'request', 100))).toBeUndefined();
    expect(nextTurn(end(probing, 'request'))).toBeUndefined();
    expect(fail(probing, 'request', 100).restUntil).toBe(500);
  });

  it('has room for a probe however many requests began before it opened', () => {
    const busy = begin(begin(CLOSED, 'request'), 'request');

    expect(nextTurn(failing(20, 0, busy))).toBe('probe');
  });

  it('probes again when it opens anew, though it was closed by another request than the one that probed', () => {
    const closed = close(begin(failing(20, 0), 'probe'), 'request');
    const answered = close(closed, 'probe');

    expect(nextTurn(failing(20, 0, closed))).toBeUndefined();
    expect(nextTurn(failing(20, 0, answered))).toBe('probe');
  });

  it('probes at distances that double, up to 15 seconds', () => {
    const rests: number[] = [];
    let circuit = failing(20, 0);
    for (let probes = 0; probes < 7; probes += 1) {
      const now = circuit.restUntil;
      circuit = fail(begin(circuit, 'probe'), 'probe', now);
      rests.push(circuit.restUntil - now);
    }

    expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
  });

  it('begins with short distances again once it was closed', () => {
    const probed = fail(begin(failing(20, 0), 'probe'), 'probe', 500);
    const closed = close(begin(probed, 'probe'), 'probe');

    expect(nextTurn(closed)).toBe('request');
    expect(failing(20, 5_000, closed).restUntil).toBe(5_500);
  });

  it('does not take the failures of before it was closed for the beginning of later ones', () => {
    const closed = close(failing(19, 0), 'request');

    expect(failing(20, 60_000, closed).isPatienceLost).toBe(false);
  });

  it('loses patience at the first probe that fails after 20 seconds, not at older requests', () => {
    const open = failing(20, 1_000);

    expect(fail(open, 'request', 30_000).isPatienceLost).toBe(false);
    expect(fail(begin(open, 'probe'), 'probe', 20_999).isPatienceLost).toBe(false);
    expect(fail(begin(open, 'probe'), 'probe', 21_000).isPatienceLost).toBe(true);
  });

  it('loses patience where it took 20 seconds to open', () => {
    expect(fail(failing(19, 0), 'request', 20_000).isPatienceLost).toBe(true);
  });
});

function failing(times: number, atMs: number, from: Circuit = CLOSED): Circuit {
  return Array.from({ length: times }).reduce<Circuit>((circuit) => fail(circuit, 'request', atMs), from);
}
