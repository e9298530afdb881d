/** How many shipments a provider's part of a run may still claim. */
export interface Budget {
  left: number;
}

/**
 * Divides a limit among providers so that none that takes nothing leaves nothing to the others: equal shares, but for
 * those that have less to do, whose rest is divided again. Where there is less than one for each, those that get one are
 * drawn: one that is not available must not get it in every run.
 *
 * @param work - how much each has to do.
 * @param random - from 0 to 1.
 */
export function divideLimit(limit: number, work: readonly number[], random: () => number): Budget[] {
  const budgets = work.map(() => ({ left: 0 }));
  const busy = budgets.filter((_budget, index) => (work[index] ?? 0) > 0);
  if (limit < busy.length) {
    const first = Math.floor(random() * busy.length) % busy.length;
    for (const budget of [...busy, ...busy].slice(first, first + limit)) budget.left = 1;
    return budgets;
  }
  let left = limit;
  // Whoever has least first: what it leaves is divided among the rest.
  const byWork = work.map((amount, index) => ({ amount, index })).sort((a, b) => a.amount - b.amount);
  for (const [place, { amount, index }] of byWork.entries()) {
    const share = Math.min(amount, Math.ceil(left / (byWork.length - place)));
    const budget = budgets[index];
    if (budget) budget.left = share;
    left -= share;
  }
  return budgets;
}
