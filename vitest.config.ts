import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // For a machine that is busy with other work: a test that hangs still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    // More than there are cores to test on: most tests wait for other processes and for time to pass.
    maxWorkers: 4,
  },
});
