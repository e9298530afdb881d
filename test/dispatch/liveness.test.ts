import { describe, expect, it } from 'vitest';
import { watchLiveness } from '../../src/dispatch/run/liveness.ts';

describe('watchLiveness', () => {
  it('knows nothing of a run that it sees for the first time, whatever its lease says of its end', () => {
    const { livenessOf } = aWatch();

    expect(livenessOf(aHolder({ leaseUntil: 0, leaseMs: 500 }))).toEqual({ kind: 'unknown', knownInMs: 501 });
  });

  it('takes a run for alive once it has renewed its lease', () => {
    const { livenessOf, pass } = aWatch();
    livenessOf(aHolder({ leaseUntil: 1_400 }));
    pass(100);

    expect(livenessOf(aHolder({ leaseUntil: 1_600 }))).toEqual({ kind: 'alive' });
    expect(livenessOf(aHolder({ leaseUntil: 1_600 }))).toEqual({ kind: 'alive' });
  });

  it('takes a run for alive that renewed its lease after its wall clock was set back', () => {
    const { livenessOf, pass } = aWatch();
    livenessOf(aHolder({ leaseUntil: 9_000 }));
    pass(100);

    expect(livenessOf(aHolder({ leaseUntil: 1_000 }))).toEqual({ kind: 'alive' });
  });

  it('takes a run for dead that did not renew its lease for as long as that lasts', () => {
    const { livenessOf, pass } = aWatch();
    const holder = aHolder({ leaseUntil: 1_000, leaseMs: 500 });
    livenessOf(holder);
    pass(400);
    const before = livenessOf(holder);
    pass(101);

    expect(before).toEqual({ kind: 'unknown', knownInMs: 101 });
    expect(livenessOf(holder)).toEqual({ kind: 'dead' });
  });

  it('takes a run for dead that renewed its lease once and then no more', () => {
    const { livenessOf, pass } = aWatch();
    livenessOf(aHolder({ leaseUntil: 1_400 }));
    pass(100);
    livenessOf(aHolder({ leaseUntil: 1_600 }));
    pass(501);

    expect(livenessOf(aHolder({ leaseUntil: 1_600 }))).toEqual({ kind: 'dead' });
  });
});

function aWatch() {
  let monotonicMs = 1_000;
  return {
    livenessOf: watchLiveness({ monotonic: () => monotonicMs }),
    pass: (ms: number) => {
      monotonicMs += ms;
    },
  };
}

function aHolder(overrides: { leaseUntil: number; leaseMs?: number }) {
  return { run: 1, runId: 'a', leaseMs: 500, ...overrides };
}
