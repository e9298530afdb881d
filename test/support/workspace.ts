import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type OpenDatabase, openDatabase } from '../../src/db/open.ts';

/** An empty folder that is gone when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shipctl-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A fresh, migrated database in a file; closed when the test ends. */
export async function temporaryDatabase(
  path = join(temporaryFolder(), 'shipctl.db'),
): Promise<OpenDatabase & { path: string }> {
  const database = await openDatabase(path, { create: true, lockWaitMs: 5_000 });
  onTestFinished(() => database.close());
  return { ...database, path };
}
