#!/usr/bin/env node
const { readFileSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

const LINGER_MS = 2_000;

const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
  report(
    `shipctl needs Node 20.19 or newer, and this is ${process.versions.node}.`,
    'Install Node 24, for instance.',
  );
  process.exitCode = 1;
} else if (process.argv.length === 3 && process.argv[2] === '--version') {
  // Without the program itself, which takes as long to load as Node.
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  process.stdout.on('error', () => {}).write(`${version}\n`);
} else {
  run();
}

async function run() {
  // What waits for something that never comes has failed: Node itself would end with 0.
  process.exitCode = 1;
  process.once('beforeExit', reportUnfinished);
  const main = loadMain();
  if (main) process.exitCode = await main(process, { importModule: (url) => import(url), startStoreThread });
  process.off('beforeExit', reportUnfinished);
  setInterval(endIfWritten, LINGER_MS).unref();
}

/** A provider from outside may have begun something that would keep the process alive for ever. */
function endIfWritten() {
  if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit();
}

function loadMain() {
  try {
    // From Node 22.8 on: what it compiles now it needs not compile at the next start.
    enableCompileCache?.();
    return require('../dist/main.cjs').main;
  } catch (error) {
    const [reason] = error.message.split('\n');
    report(
      `shipctl can't be loaded: ${reason}`,
      'Build it with "npm ci" in its checkout, or install it again.',
    );
  }
}

function startStoreThread(workerData) {
  const { Worker } = require('node:worker_threads');
  return new Worker(join(__dirname, 'store-thread.js'), { workerData });
}

function reportUnfinished() {
  report(
    'The command ended before it was done: what it waited for never came.',
    'This is a bug in shipctl, or in a provider from outside.',
  );
}

function report(message, hint) {
  const text = process.argv.includes('--json')
    ? JSON.stringify({ error: { code: 'unexpected', message, hint } })
    : `error: ${message}\nhint: ${hint}`;
  process.stderr.write(`${text}\n`);
}
