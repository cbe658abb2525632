import { defineConfig } from 'vitest/config'

const project = (name: string, include: string[], testTimeout = 20_000) => ({
  test: { name, include, testTimeout, hookTimeout: testTimeout },
})

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**', 'buckets/**', 'mapreduce/**'],
      reporter: ['text-summary'],
    },
    projects: [
      project('unit', ['test/unit/**/*.test.{ts,tsx}', 'test/tidy.test.ts']),
      project('contract', ['test/contract/**/*.test.ts'], 60_000),
      project('integration', ['test/integration/**/*.test.{ts,tsx}'], 120_000),
      project('stories', ['test/stories/**/*.test.ts'], 1_200_000),
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/set-up.ts'],
          // One browser at a time: what one page weighs on the machine is no other page's fault.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      project('containers', ['test/containers/**/*.test.ts'], 600_000),
      {
        test: {
          name: 'live',
          include: ['test/live/**/*.test.ts'],
          globalSetup: ['test/live/set-up.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'test/tsconfig.json',
          },
        },
      },
    ],
  },
})
