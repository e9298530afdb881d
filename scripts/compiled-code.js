// node compiled-code.js <file of dist>…: runs commands of the built program, and writes what V8 has compiled of its files
// by then into files of their own.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../bin/shipctl.js', import.meta.url));
const { loadBuilt } = createRequire(PROGRAM)('./load-built.js');

/** What should start quickly. What else it takes to get there is compiled too, and the rest when it is first needed. */
const COMMANDS = [['status', 'co-1'], ['status'], ['ship-due', '--dry-run']];

const names = new Map(process.argv.slice(2).map((file) => [file, nameCompiled(`dist/${file}`)]));
const cwd = mkdtempSync(join(tmpdir(), 'shipctl-build-'));
try {
  execFileSync(process.execPath, [PROGRAM, 'seed'], {
    cwd,
    env: {},
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const words of COMMANDS) await run(words);
  for (const [file, name] of names) {
    // To the disk: V8 believes what it reads here, and a power cut would leave zeros.
    writeFileSync(`dist/${name}`, loadBuilt(file).script.createCachedData(), { flush: true });
  }
} finally {
  rmSync(cwd, { recursive: true, force: true });
}

/** The name tells what it was compiled of, so that what an earlier build left is not taken for it. */
function nameCompiled(path) {
  const digest = createHash('sha256').update(readFileSync(path)).digest('hex').slice(0, 16);
  const name = `${basename(path, '.cjs')}-${digest}.compiled`;
  appendFileSync(path, `//${name}`);
  return name;
}

async function run(words) {
  const { main } = loadBuilt('main.cjs').exports;
  const stderr = new PassThrough();
  const io = {
    argv: ['node', 'shipctl', ...words],
    env: {},
    cwd: () => cwd,
    stdin: new PassThrough().end(),
    stdout: new PassThrough().resume(),
    stderr,
    pid: process.pid,
    kill() {},
    on() {},
    off() {},
  };
  const exitCode = await main(io, { importModule: (url) => import(url) });
  if (exitCode !== 0) throw new Error(`shipctl ${words.join(' ')} ended with ${exitCode}: ${stderr.read()}`);
}
