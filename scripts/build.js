// Builds dist/: the program, with a chunk of its own for each command, and what the package exports.

import { rmSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts', 'src/provider-api.ts', 'src/provider-test/contract.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // Native code stays a package; the rest is in the bundle, which starts several times as fast.
  external: ['better-sqlite3'],
  // Names stay, so that a stack trace still tells where something happened.
  minifyWhitespace: true,
  minifySyntax: true,
  // For what is CommonJS in the bundle.
  banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  logLevel: 'warning',
});
