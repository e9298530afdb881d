/**
 * @typedef {object} Table
 * @property {string} title
 * @property {string[]} columns
 * @property {string[][]} rows the first column to the left, the others to the right
 */

/** @param {import('./bench.js').Report} report */
export function printReport({ title, tables, targets, notes }) {
  return [
    `\n${title}`,
    ...tables.map((table) => `\n${printTable(table)}`),
    ...(targets.length > 0 ? ['', ...targets.map(printTarget)] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n');
}

/** @param {Table} table */
function printTable({ title, columns, rows }) {
  const widths = columns.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column].length)),
  );
  const line = (cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [title, line(columns), ...rows.map(line)].join('\n');
}

function printTarget({ what, measured, wanted }) {
  const met = 'atLeast' in wanted ? measured >= wanted.atLeast : measured <= wanted.atMost;
  const promise = 'atLeast' in wanted ? `at least ${wanted.atLeast}` : `at most ${wanted.atMost}`;
  return `${met ? 'met   ' : 'MISSED'}  ${what}: ${measured.toFixed(2)} (${promise})`;
}
