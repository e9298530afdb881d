/**
 * Measures each subject once per round, in turn and every other round in reverse, so that what changes on the machine
 * meanwhile falls on all of them alike.
 *
 * @template Figures
 * @param {number} rounds
 * @param {Record<string, (round: number) => Promise<Figures>>} subjects
 * @returns {Promise<Record<string, Figures[]>>} the figures of each subject, by round.
 */
export async function inTurn(rounds, subjects) {
  const figures = Object.fromEntries(Object.keys(subjects).map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = Object.entries(subjects);
    for (const [name, measure] of round % 2 === 0 ? order : order.reverse()) {
      figures[name].push(await measure(round));
    }
  }
  return figures;
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The median of the ratios within each round: what slows a whole round down does not show in it.
 * @param {number[]} subject
 * @param {number[]} limit
 */
export function medianRatio(subject, limit) {
  return median(subject.map((value, round) => value / limit[round]));
}
