// What the thread runs that bin/shipctl.js starts.
const { parentPort, workerData } = require('node:worker_threads');
const { loadBuilt } = require('./load-built.js');

loadBuilt('main.cjs').exports.serveStore(parentPort, workerData, (url) => import(url));
