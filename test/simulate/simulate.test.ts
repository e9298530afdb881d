import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { dueDatesUpTo } from './calendar.ts';
import type { Plan, Step } from './plan.ts';
import { planOf } from './plan.ts';
import { shrink } from './shrink.ts';

const SCRIPT = fileURLToPath(new URL('simulate.js', import.meta.url));

describe('simulated histories', () => {
  // On a machine that is busy with other work there is time for fewer.
  it('keep every promise, a thousand of them or as many as there is time for', async () => {
    const { exitCode, output } = await simulate('--seeds', '1000', '--seconds', '30');

    expect(exitCode, output).toBe(0);
    expect(output).toContain('All promises are kept');
  }, 120_000);

  it('are the same again from the same seed', async () => {
    const first = await simulate('--from', '1', '--seeds', '6', '--history', '--brief');
    const second = await simulate('--from', '1', '--seeds', '6', '--history', '--brief');

    expect(linesOf(second.output)).toEqual(linesOf(first.output));
    expect(linesOf(first.output).length).toBeGreaterThan(100);
  }, 60_000);
});

describe('a plan', () => {
  it('is the same again from the same seed', () => {
    expect(planOf(11, null, new Set())).toEqual(planOf(11, null, new Set()));
  });

  it('has nothing of a class that is switched off', () => {
    const kinds = (without: string[]) =>
      Array.from({ length: 50 }, (_, seed) => planOf(seed, null, new Set(without)).steps)
        .flat()
        .map(({ kind }) => kind);

    expect(kinds([])).toContain('sleep');
    expect(kinds(['sleeps'])).not.toContain('sleep');
  });

  it('is shortened to the steps without which it does not fail', async () => {
    const plan = planOf(11, null, new Set());
    const needed = plan.steps.filter((_, index) => index === 3 || index === 9);
    const fails = async ({ steps }: Plan) => needed.every((step) => steps.some((each) => isThe(each, step)));

    const shortest = await shrink(plan, fails, 200);

    expect(shortest.steps.map(({ atMs }) => atMs)).toEqual(needed.map(({ atMs }) => atMs));
    expect(shortest.orders).toEqual([]);
  });
});

describe("the simulator's own calendar", () => {
  it('counts weeks', () => {
    expect(dueDatesUpTo('2026-02-20', 'weekly', '2026-03-10')).toEqual([
      '2026-02-20',
      '2026-02-27',
      '2026-03-06',
    ]);
  });

  it("keeps the 31st to the month's last day", () => {
    expect(dueDatesUpTo('2026-01-31', 'monthly', '2026-05-01')).toEqual([
      '2026-01-31',
      '2026-02-28',
      '2026-03-31',
      '2026-04-30',
    ]);
  });
});

function isThe(step: Step, wanted: Step): boolean {
  return step.atMs === wanted.atMs && step.kind === wanted.kind;
}

async function simulate(...args: string[]): Promise<{ exitCode: number | null; output: string }> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { exitCode, output: `${stdout}${stderr}` };
}

/** In any order, since two processes write them. */
function linesOf(output: string): string[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('  '))
    .sort();
}
