import Table from 'cli-table3';
import stringWidth from 'string-width';
import { printable } from '../log.ts';

/** Rows of a long list that a person reads; --json has them all. */
export const ROWS_SHOWN = 20;

/** A table of a list's first rows, and how many more the list has; `see` is where those are. */
export function renderFirst(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  { total, width, see }: { total: number; width: number; see?: string },
): string {
  const shown = rows.slice(0, ROWS_SHOWN);
  const table = renderTable(titles, shown, width);
  if (total <= shown.length) return table;
  return `${table}\n… and ${total - shown.length} more${see === undefined ? '' : `: ${see}`}.`;
}

/** A table without borders and without columns that are empty, wrapped where the terminal is too narrow for it. */
export function renderTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const used = titles.map((_, column) => rows.some((row) => row[column] !== ''));
  const head = titles.filter((_, column) => used[column]);
  const cells = rows.map((row) => row.filter((_, column) => used[column]).map(printable));
  const natural = head.map((title, column) =>
    Math.max(...[title, ...cells.map((row) => row[column] ?? '')].map(stringWidth)),
  );
  const table = new Table({
    head,
    colWidths: shrink(
      natural.map((columns) => columns + GAP),
      width,
    ),
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': GAP },
    chars: NO_BORDERS,
  });
  table.push(...cells);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

const GAP = 2;
const NARROWEST = 6;

const NO_BORDERS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/** Takes from the widest column until all fit. */
function shrink(widths: number[], available: number): number[] {
  const fitted = [...widths];
  for (let excess = fitted.reduce((sum, each) => sum + each, 0) - available; excess > 0; excess -= 1) {
    const widest = fitted.indexOf(Math.max(...fitted));
    const current = fitted[widest] ?? 0;
    if (current <= NARROWEST) break;
    fitted[widest] = current - 1;
  }
  return fitted;
}
