#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import module from 'node:module';

if (process.argv.length === 3 && process.argv[2] === '--version') {
  // Without the program itself, which takes as long to load as Node.
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.on('error', () => {}).write(`${version}\n`);
} else {
  module.enableCompileCache?.();
  await run();
}

async function run() {
  try {
    const { main } = await import('../dist/main.js');
    process.exitCode = await main(process);
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(
      `error: shipctl is not built: ${error.message}\nhint: Run "npm ci" in its folder.\n`,
    );
    process.exitCode = 1;
  }
}
