// What the thread runs that bin/shipctl.js starts.
const { parentPort, workerData } = require('node:worker_threads');
const { serveStore } = require('../dist/main.cjs');

const { leftBehind, ...data } = workerData;

serveStore(parentPort, data, {
  importModule: (url) => import(url),
  // What a provider from outside leaves behind must not end the thread: the first one tells of it.
  onLeftBehind: (listener) => void process.on('unhandledRejection', listener),
  leftBehind,
});
