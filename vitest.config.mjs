import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['__tests__/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Of tests that ask to run at the same time: most of theirs is waiting.
    maxConcurrency: 12,
  },
});
