import type { OrderPlan, Plan, Step } from './plan.ts';

/**
 * The shortest plan that still fails, found by leaving out ever smaller parts of it: steps, interruptions, orders.
 *
 * @param fails - whether a plan breaks the same promise.
 * @param tries - at most so many plans are played.
 */
export async function shrink(
  plan: Plan,
  fails: (plan: Plan) => Promise<boolean>,
  tries: number,
): Promise<Plan> {
  let shortest = plan;
  let left = tries;
  const attempt = async (candidate: Plan): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await fails(candidate))) return false;
    shortest = candidate;
    return true;
  };
  for (let before: Plan | undefined; before !== shortest && left > 0; ) {
    before = shortest;
    await dropParts<Step>(shortest.steps, (steps) => attempt({ ...shortest, steps }));
    await dropParts<OrderPlan>(shortest.orders, (orders) => attempt({ ...shortest, orders }));
    for (const simpler of simplerSteps(shortest)) await attempt(simpler(shortest));
    for (const simpler of [
      { ...shortest, events: { some: false, repeated: false } },
      { ...shortest, events: { ...shortest.events, repeated: false } },
      { ...shortest, reusesNumbers: false },
    ]) {
      if (JSON.stringify(simpler) !== JSON.stringify(shortest)) await attempt(simpler);
    }
  }
  return shortest;
}

/** Halves first, then quarters, down to one by one. */
async function dropParts<T>(all: readonly T[], attempt: (kept: T[]) => Promise<boolean>): Promise<void> {
  let kept = [...all];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < kept.length; ) {
      const candidate = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (await attempt(candidate)) kept = candidate;
      else start += size;
    }
  }
}

/** Each step with less in it. */
function simplerSteps({ steps }: Plan): ((plan: Plan) => Plan)[] {
  return steps.flatMap((step) => {
    const changes: Step[] = [];
    if ('interruptions' in step) {
      for (const each of step.interruptions) {
        changes.push({ ...step, interruptions: step.interruptions.filter((other) => other !== each) });
      }
    }
    if (step.kind === 'load' && step.changes.length > 1) {
      for (const each of step.changes) {
        changes.push({ ...step, changes: step.changes.filter((other) => other !== each) });
      }
    }
    if (step.kind === 'run') {
      if (step.concurrency > 1) changes.push({ ...step, concurrency: 1 });
      if (step.limit !== null) changes.push({ ...step, limit: null });
      if (step.signalAfterMs !== null) changes.push({ ...step, signalAfterMs: null });
    }
    return changes.map((simpler) => (plan: Plan) => ({
      ...plan,
      steps: plan.steps.map((other) => (other === step ? simpler : other)),
    }));
  });
}
