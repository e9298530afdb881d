import { CompiledQuery, type KyselyPlugin, sql } from 'kysely';
import type { Db } from '../../src/db/open.ts';

/**
 * How SQLite finds the rows that `use` asks for: the lines of the plans of its statements that say which table is read
 * and how, each once, in alphabetical order. Our own rows (`json_each`) are left out.
 */
export async function queryPlans(db: Db, use: (db: Db) => Promise<unknown>): Promise<string[]> {
  const statements: CompiledQuery[] = [];
  const watching: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      statements.push(db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  await use(db.withPlugin(watching));
  // A plan names the children of a foreign key too, which SQLite looks at only where a violation is open.
  await sql`pragma foreign_keys = off`.execute(db);
  const lines = new Set<string>();
  for (const { sql: text, parameters } of statements) {
    const explain = CompiledQuery.raw(`explain query plan ${text}`, [...parameters]);
    const { rows } = await db.executeQuery<{ detail: string }>(explain);
    for (const { detail } of rows) {
      if (/^(SCAN|SEARCH) /.test(detail) && !detail.startsWith('SCAN json_each')) lines.add(detail);
    }
  }
  await sql`pragma foreign_keys = on`.execute(db);
  return [...lines].sort();
}
