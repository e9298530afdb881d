#!/usr/bin/env node
import module from 'node:module';

module.enableCompileCache?.();
try {
  const { main } = await import('../dist/main.js');
  process.exitCode = await main(process);
} catch (error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`error: shipctl is not built: ${error.message}\nhint: Run "npm ci" in its folder.\n`);
  process.exitCode = 1;
}
