// What the thread runs that bin/shipctl.js starts.
const { parentPort, workerData } = require('node:worker_threads');
const { serveStore } = require('../dist/main.cjs');

serveStore(parentPort, workerData, (url) => import(url));
