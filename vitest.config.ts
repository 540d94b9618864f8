import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    maxWorkers: '100%', // vitest would leave one core idle
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts', 'packages/examples/**/*.test.ts'],
          testTimeout: 180_000,
          isolate: false, // the files of a worker load the packages once: a fifth of the time
          globalSetup: './scripts/postgres-for-tests.ts',
          setupFiles: './scripts/seed-for-tests.ts',
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['packages/*/test/**/*.test-d.ts'],
            tsconfig: './tsconfig.type-tests.json',
          },
        },
      },
    ],
  },
})
