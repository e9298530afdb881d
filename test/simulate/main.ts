import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Place, preparePlace } from './database.ts';
import { describeStep } from './describe-step.ts';
import { playHistory } from './history.ts';
import { CLASSES, type Plan, planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { THEMES } from './themes.ts';
import type { Violation } from './watch.ts';
import type { Line } from './world.ts';

/**
 * Plays one share of the seeds: every `of`th from the `share`th on, for as many seconds as it may. Prints each failure
 * and goes on.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      from: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1000' },
      steps: { type: 'string' },
      without: { type: 'string', default: '' },
      theme: { type: 'string' },
      share: { type: 'string', default: '0' },
      of: { type: 'string', default: '1' },
      seconds: { type: 'string' },
      failures: { type: 'string', default: '3' },
      brief: { type: 'boolean', default: false },
      history: { type: 'boolean', default: false },
    },
  });
  const without = new Set(values.without.split(',').filter((name) => name !== ''));
  for (const name of without) {
    if (!CLASSES.some((known) => known === name))
      throw new Error(`there is no class ${name}: ${CLASSES.join(', ')}`);
  }
  const themes = themesNamed(values.theme);
  const steps = values.steps === undefined ? null : Number(values.steps);
  const first = Number(values.from);
  const place = await preparePlace(
    join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `shipctl-simulate-${process.pid}`),
  );
  const endsAt =
    values.seconds === undefined
      ? Number.POSITIVE_INFINITY
      : performance.now() + Number(values.seconds) * 1_000;
  const share = {
    first: first + Number(values.share),
    end: first + Number(values.seeds),
    by: Number(values.of),
  };
  const play = (seed: number) => playOne(planOf(seed, steps, without, themes), place, values);
  try {
    const { played, failures } = await playShare(share, { endsAt, most: Number(values.failures), play });
    process.stdout.write(`${played} histories, ${failures} ${failures === 1 ? 'failure' : 'failures'}\n`);
    process.exitCode = failures > 0 ? 1 : 0;
  } finally {
    place.remove();
  }
}

/** @param options.play - whether a history keeps its promises. */
async function playShare(
  { first, end, by }: { first: number; end: number; by: number },
  { endsAt, most, play }: { endsAt: number; most: number; play: (seed: number) => Promise<boolean> },
): Promise<{ played: number; failures: number }> {
  let failures = 0;
  let played = 0;
  for (let seed = first; seed < end; seed += by) {
    if (performance.now() > endsAt || failures >= most) break;
    played += 1;
    if (!(await play(seed))) failures += 1;
  }
  return { played, failures };
}

/** Plays a history and tells of it what is asked for; true where all promises are kept. */
async function playOne(
  plan: Plan,
  place: Place,
  { history, brief }: { history: boolean; brief: boolean },
): Promise<boolean> {
  const lines: Line[] | undefined = history ? [] : undefined;
  const violation = await playHistory(plan, place, lines);
  if (lines) process.stdout.write(`${render(plan, lines).join('\n')}\n`);
  if (!violation) return true;
  process.stdout.write(
    brief
      ? `Seed ${plan.seed} fails: ${violation.rule}: ${violation.message}\n`
      : `${await report(plan, violation, place)}\n`,
  );
  return false;
}

function themesNamed(name: string | undefined): typeof THEMES {
  if (name === undefined) return THEMES;
  const named = THEMES.find((theme) => theme.name === name);
  if (!named) throw new Error(`there is no theme ${name}: ${THEMES.map((theme) => theme.name).join(', ')}`);
  return [named];
}

const TRIES = 400;

/** The failure, and the shortest history that still has it. */
async function report(plan: Plan, violation: Violation, place: Place): Promise<string> {
  const fails = async (candidate: Plan) => (await playHistory(candidate, place))?.rule === violation.rule;
  const shortest = await shrink(plan, fails, TRIES);
  const lines: Line[] = [];
  const same = (await playHistory(shortest, place, lines)) ?? violation;
  const about = lines.filter(
    ({ orders }) =>
      orders.length === 0 || same.orders.length === 0 || orders.some((each) => same.orders.includes(each)),
  );
  return [
    '',
    `Seed ${plan.seed} fails: ${violation.rule}`,
    `  ${violation.message}`,
    `The shortest history that fails so (${shortest.steps.length} of ${plan.steps.length} steps): ${same.message}`,
    ...shortest.orders.map(
      (order) => `  ${order.orderId}: ${order.carrier}, ${order.interval} from ${order.startsOn}`,
    ),
    ...shortest.steps.map((step) => `  ${timeOf(shortest, step.atMs)}  ${describeStep(step)}`),
    'What happened:',
    ...render(shortest, about),
  ].join('\n');
}

function render(plan: Plan, lines: readonly Line[]): string[] {
  return lines.map(({ atMs, who, what }) => `  ${timeOf(plan, atMs)}  ${who.padEnd(14)} ${what}`);
}

function timeOf({ epochMs }: Plan, atMs: number): string {
  return new Date(epochMs + atMs).toISOString().replace('T', ' ').replace('Z', '');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.exitCode = 2;
});
