import { describe, expect, it } from 'vitest';
import { watchLeases } from '../../src/dispatch/run/liveness.ts';

const HOUR = 3_600_000;

describe('watchLeases', () => {
  it('takes a run for dead when its lease has ended', () => {
    const judge = watchLeases(() => 1_000);

    expect(judge(aHolder({ leaseUntil: 999 }))).toEqual({ kind: 'dead' });
  });

  it('knows no more of a lease that has not ended than when it will', () => {
    const judge = watchLeases(() => 1_000);

    expect(judge(aHolder({ leaseUntil: 1_400, leaseMs: 500 }))).toEqual({ kind: 'unknown', knownInMs: 401 });
  });

  it('takes a run for alive once it has renewed its lease', () => {
    let now = 1_000;
    const judge = watchLeases(() => now);
    judge(aHolder({ leaseUntil: 1_400 }));
    now = 1_100;

    expect(judge(aHolder({ leaseUntil: 1_600 }))).toEqual({ kind: 'alive' });
    expect(judge(aHolder({ leaseUntil: 1_600 }))).toEqual({ kind: 'alive' });
  });

  it('takes a run for dead that did not renew, however far ahead its lease ends by a clock that was set back', () => {
    let now = 1_000;
    const judge = watchLeases(() => now);
    const holder = aHolder({ leaseUntil: 1_000 + HOUR, leaseMs: 500 });
    judge(holder);
    now = 1_400;
    const before = judge(holder);
    now = 1_501;

    expect(before).toEqual({ kind: 'unknown', knownInMs: 101 });
    expect(judge(holder)).toEqual({ kind: 'dead' });
  });

  it('takes a run for dead that renewed its lease once and then no more', () => {
    let now = 1_000;
    const judge = watchLeases(() => now);
    judge(aHolder({ leaseUntil: 1_400 }));
    now = 1_100;
    judge(aHolder({ leaseUntil: 1_600 }));
    now = 1_601;

    expect(judge(aHolder({ leaseUntil: 1_600 }))).toEqual({ kind: 'dead' });
  });
});

function aHolder(overrides: { leaseUntil: number; leaseMs?: number }) {
  return { run: 1, runId: 'a', leaseMs: 500, ...overrides };
}
