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
  if (main) process.exitCode = await main(process, host());
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

/** What only the program's own start can do. */
function host() {
  let leftBehind;
  return {
    importModule: (url) => import(url),
    onLeftBehind(listener) {
      leftBehind = listener;
      process.on('unhandledRejection', listener);
    },
    startStoreThread: (data) => startStoreThread(data, leftBehind),
  };
}

function startStoreThread(data, leftBehind) {
  const { MessageChannel, Worker } = require('node:worker_threads');
  const file = join(__dirname, 'store-thread.js');
  if (!leftBehind) return new Worker(file, { workerData: data });
  const { port1, port2 } = new MessageChannel();
  port1.on('message', leftBehind).unref();
  return new Worker(file, { workerData: { ...data, leftBehind: port2 }, transferList: [port2] });
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
