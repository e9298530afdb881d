#!/usr/bin/env node
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

if (process.argv.length === 3 && process.argv[2] === '--version') {
  // Without the program itself, which takes as long to load as Node.
  const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8'));
  process.stdout.on('error', () => {}).write(`${version}\n`);
} else {
  run();
}

async function run() {
  const main = loadMain();
  process.exitCode = main ? await main(process, (url) => import(url)) : 1;
}

function loadMain() {
  try {
    const { loadBuilt } = require('./load-built.js');
    return loadBuilt('main.cjs').exports.main;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    process.stderr.write(
      `error: shipctl is not built: ${error.message}\nhint: Run "npm ci" in its folder.\n`,
    );
  }
}
