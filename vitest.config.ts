import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    // Files share two cores with the child processes that they start.
    maxWorkers: 2,
  },
});
