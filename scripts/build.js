// Builds dist/: the program, and what the package exports.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Needed by some commands only: in files of their own, which the others don't read. */
const APART = { undici: 'scripts/parts/undici.cjs', 'prom-client': 'scripts/parts/prom-client.cjs' };

/** Take Node milliseconds to load, while most commands call nothing of them: loaded when something is called. */
const LOADED_BY_CALL = {
  'node:child_process': ['spawn'],
  'node:crypto': ['createHash', 'createHmac', 'hash', 'randomInt', 'randomUUID', 'timingSafeEqual'],
};

/** @satisfies {import('esbuild').BuildOptions} */
const common = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Names stay, so that a stack trace still tells where something happened.
  minifyWhitespace: true,
  minifySyntax: true,
  logLevel: 'warning',
};
/** @satisfies {import('esbuild').BuildOptions} */
const modules = { ...common, format: 'esm', splitting: true };
/** Node 20 can keep what V8 compiled of this, but not of ES modules. @satisfies {import('esbuild').BuildOptions} */
const commonJs = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // The function that bin/load-built.js calls.
  banner: { js: '(function(exports,require,module,__dirname){' },
  footer: { js: '})' },
};

const STAGE = 'dist/stage';

rmSync('dist', { recursive: true, force: true });
await build({ ...commonJs, entryPoints: APART });
// In two steps: esbuild leaves out all that is not used when it makes chunks of ES modules, but not when it makes one
// file in which each of them runs when it is first imported.
await build({
  ...modules,
  entryPoints: ['src/main.ts'],
  outdir: STAGE,
  plugins: [{ name: 'quick-start', setup: startQuickly }],
});
await build({
  ...commonJs,
  entryPoints: [`${STAGE}/main.js`],
  external: ['*.cjs'],
  define: { 'import.meta.dirname': '__dirname' },
});
rmSync(STAGE, { recursive: true });
await build({ ...modules, entryPoints: ['src/provider-api.ts', 'src/provider-test/contract.ts'] });
writeCompiled(['main', ...Object.keys(APART)].map((name) => `${name}.cjs`));

/** In a process without V8's options: with any of them it would be of no use to one without. */
function writeCompiled(files) {
  const script = fileURLToPath(new URL('compiled-code.js', import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status } = spawnSync(process.execPath, [script, ...files], { env, stdio: 'inherit' });
  if (status !== 0) process.stderr.write('warning: nothing was compiled ahead: every start takes longer.\n');
}

/** @param {import('esbuild').PluginBuild} build */
function startQuickly({ onResolve, onLoad }) {
  onResolve({ filter: exactly(Object.keys(APART)) }, ({ path }) => ({
    path: `./${path}.cjs`,
    external: true,
  }));

  onResolve({ filter: exactly(Object.keys(LOADED_BY_CALL)) }, ({ path, namespace }) =>
    namespace === 'by-call' ? { path, external: true } : { path, namespace: 'by-call' },
  );
  onLoad({ filter: /.*/, namespace: 'by-call' }, ({ path }) => ({
    contents: [
      `let loaded; const load = () => (loaded ??= require('${path}'));`,
      ...LOADED_BY_CALL[path].map((name) => `export const ${name} = (...args) => load().${name}(...args);`),
    ].join('\n'),
  }));
}

function exactly(names) {
  return new RegExp(`^(${names.join('|')})$`);
}
