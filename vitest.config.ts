import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // More than there are cores to test on: most tests wait for other processes and for time to pass.
    maxWorkers: 4,
  },
});
