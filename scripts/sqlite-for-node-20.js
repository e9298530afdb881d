// The lock file has better-sqlite3 13, which needs no compiler, but Node 22. Puts version 12 in its place on Node 20.
// Goes when Node 20 does, with "12.11.1 ||" in package.json and the check in src/db/load-sqlite.ts.

import { execSync } from 'node:child_process';

if (process.versions.node.startsWith('20.')) {
  execSync('npm install --no-save --no-fund --no-audit better-sqlite3@12.11.1', { stdio: 'inherit' });
}
