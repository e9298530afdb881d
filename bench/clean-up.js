import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders = new Set();
const children = new Set();

/** A new folder, which is gone when this process ends, however it is ended. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'shipctl-bench-'));
  folders.add(folder);
  return folder;
}

/**
 * A process that does not outlive this one.
 * @param {import('node:child_process').ChildProcess} child
 */
export function ours(child) {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
  // They may still be writing.
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
});
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
