// What the thread runs that bin/shipctl.js starts.
const { parentPort, workerData } = require('node:worker_threads');
const { serveStore } = require('../dist/main.cjs');

const { leftBehind, ...data } = workerData;

// What a provider from outside leaves behind must not end the thread: the first one tells of it.
if (leftBehind) process.on('unhandledRejection', (reason) => leftBehind.postMessage(textOf(reason)));

serveStore(parentPort, data, (url) => import(url));

/** Anything can be thrown, and not everything can be sent to another thread. */
function textOf(reason) {
  try {
    return String(reason instanceof Error ? reason.message : reason);
  } catch {
    return 'it failed';
  }
}
