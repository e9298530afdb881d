// node scripts/check-nodes.js [version…]: installs, tests and tries a fresh clone of HEAD with each Node that people run.
// Each Node comes from npm as a binary, with the npm that people have with it; on 22 and later without a compiler.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NPM_OF = new Map([
  ['20.19', '10'],
  ['22', '10'],
  ['24', '11'],
  ['26', '12'],
]);
/** What the tests use besides Node and npm. */
const TOOLS = ['bash', 'cat', 'git', 'gzip', 'head', 'sh', 'sleep', 'tar'];
const TRIALS = [
  ['npm', 'ci', '--no-fund', '--no-audit'],
  ['npm', 'test'],
  ['npm', 'run', 'demo'],
  ['node', 'bin/shipctl.js', 'seed', '--generate', '100000', '--db', 'generated.db'],
  ['node', 'test/soak/soak.js', 'once', '--orders=20000'],
];

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const HOME = join(ROOT, '.nodes');

const asked = process.argv.slice(2);
const unknown = asked.filter((version) => !NPM_OF.has(version));
if (unknown.length > 0) throw new Error(`${unknown} is none of ${[...NPM_OF.keys()].join(', ')}`);
let failures = 0;
for (const version of asked.length > 0 ? asked : NPM_OF.keys()) {
  const bin = install(version, NPM_OF.get(version));
  failures += tryOut(version, bin);
}
process.exitCode = failures > 0 ? 1 : 0;

/** A folder for PATH that has this Node, its npm, and little else. */
function install(version, npm) {
  const folder = join(HOME, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const node = `node-${process.platform}-${process.arch}`;
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--no-fund', '--no-audit', `${node}@${version}`, `npm@${npm}`],
    { stdio: 'ignore' },
  );
  const bin = join(folder, 'bin');
  rmSync(bin, { recursive: true, force: true });
  mkdirSync(bin);
  symlinkSync(join(folder, 'node_modules', node, 'bin/node'), join(bin, 'node'));
  symlinkSync(join(folder, 'node_modules/npm/bin/npm-cli.js'), join(bin, 'npm'));
  for (const tool of TOOLS) symlinkSync(realpathSync(which(tool)), join(bin, tool));
  return bin;
}

function which(tool) {
  return execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
}

function tryOut(version, bin) {
  const cwd = join(HOME, version, 'clone');
  rmSync(cwd, { recursive: true, force: true });
  execFileSync('git', ['clone', '--quiet', ROOT, cwd]);
  const env = { ...environment(), PATH: version === '20.19' ? `${bin}:${process.env.PATH}` : bin };
  const exact = execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' }).trim();
  let failures = 0;
  for (const [command, ...args] of TRIALS) {
    const startedAt = performance.now();
    const { status, stdout, stderr } = spawnSync(join(bin, command), args, {
      cwd,
      env,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    const [warning = ''] = /.*Warning: .*/.exec(`${stdout}${stderr}`) ?? [];
    process.stdout.write(
      `${exact}  ${[command, ...args].join(' ')}: exit ${status}, ${seconds} s ${warning}\n`,
    );
    if (status === 0) continue;
    failures += 1;
    process.stdout.write(`${stdout}\n${stderr}\n`);
  }
  return failures;
}

/** As a shell of its own would have it, without what the npm that runs this script has set. */
function environment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|INIT_CWD$)/.test(name)),
  );
}
