import { type AliasedRawBuilder, type RawBuilder, sql } from 'kysely';

type ColumnType = 'integer' | 'text';
type RowOf<C extends Record<string, ColumnType>> = {
  [K in keyof C]: (C[K] extends 'integer' ? number : string) | null;
};

/**
 * Rows of our own as a table in a statement, whatever their number: one parameter, one statement to prepare.
 *
 * @param columns - the names and types of what each row holds, never from outside; nothing else of the row is passed on.
 */
export function rowsTable<A extends string, C extends Record<string, ColumnType>>(
  alias: A,
  columns: C,
  rows: readonly RowOf<C>[],
): AliasedRawBuilder<RowOf<C>, A> {
  const names = Object.keys(columns);
  // Text, not a builder per column: it is built and compiled again for every batch.
  const selected = names.map((name, index) => `value ->> ${index} as "${name}"`).join(', ');
  const json = JSON.stringify(rows.map((row) => names.map((name) => row[name as keyof C])));
  const table: RawBuilder<RowOf<C>> = sql`(select ${sql.raw(selected)} from json_each(${json}))`;
  return table.as(alias);
}

/** Keys as a table with the one column `id`. */
export function idsTable<A extends string>(alias: A, ids: readonly number[]) {
  return rowsTable(
    alias,
    { id: 'integer' },
    ids.map((id) => ({ id })),
  );
}

/** Keys for a condition `in`, whatever their number: one parameter, one statement to prepare. */
export function idsOf(ids: readonly number[]): RawBuilder<number> {
  return sql<number>`(select value from json_each(${JSON.stringify(ids)}))`;
}

/**
 * A column that the planner may not choose an index by. For conditions that only guard rows which another condition
 * has found already: SQLite would rather walk the guard's partial index once per row.
 */
export function unindexed<T>(column: string): RawBuilder<T> {
  return sql<T>`+${sql.ref(column)}`;
}
