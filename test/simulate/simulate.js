// Builds the simulator, and has two processes play the seeds: node simulate.js [--seeds n] [--from n] [--steps n] [--without …]

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const PROCESSES = Math.min(2, availableParallelism());

const folder = mkdtempSync(join(tmpdir(), 'shipctl-simulate-'));
try {
  const script = join(folder, 'simulate.cjs');
  await build({
    entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
    // SQLite is loaded from where the project is.
    define: { 'import.meta.dirname': JSON.stringify(fileURLToPath(new URL('.', import.meta.url))) },
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const started = performance.now();
  const codes = await Promise.all(Array.from({ length: PROCESSES }, (_, share) => play(script, share)));
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(codes.every((code) => code === 0) ? `All promises are kept (${seconds} s).\n` : '');
  process.exitCode = Math.max(...codes);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function play(script, share) {
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      script,
      ...process.argv.slice(2),
      '--share',
      String(share),
      '--of',
      String(PROCESSES),
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [code] = await once(child, 'exit');
  return code ?? 1;
}
