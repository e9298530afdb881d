// Builds dist/: the program, and what the package exports.

import { rmSync } from 'node:fs';
import { build } from 'esbuild';

/** In files of their own, which only the commands that need them read. */
const APART = ['kysely', 'undici', 'prom-client'];

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // ES modules where a package has both: what jsonc-parser's other form requires can't be followed.
  mainFields: ['module', 'main'],
  // Names stay, so that a stack trace still tells where something happened.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
};
/** What Node compiles of CommonJS it can keep for the next start. @satisfies {import('esbuild').BuildOptions} */
const commonJs = { ...common, format: 'cjs', outExtension: { '.js': '.cjs' } };

rmSync('dist', { recursive: true, force: true });
await build({ ...commonJs, entryPoints: APART });
await build({
  ...commonJs,
  entryPoints: ['src/main.ts'],
  alias: Object.fromEntries(APART.map((name) => [name, `./${name}.cjs`])),
  external: ['*.cjs'],
  define: { 'import.meta.dirname': '__dirname' },
});
await build({
  ...common,
  format: 'esm',
  splitting: true,
  entryPoints: ['src/provider-api.ts', 'src/provider-test/contract.ts'],
});
