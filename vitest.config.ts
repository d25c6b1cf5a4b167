import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['antiphon-source'];
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const testServers = 'tools/test/test-servers.ts';
const timeouts = { testTimeout: 30_000, hookTimeout: 120_000 };
const systems = 2;
const endToEnd = 'apps/e2e/src/**/*.spec.ts';

export default defineConfig({
  test: {
    projects: [
      {
        ...resolution,
        test: {
          name: 'parts',
          include: ['{apps,libs}/*/src/**/*.spec.ts', 'tools/**/*.spec.ts'],
          exclude: [endToEnd, '**/node_modules/**'],
          globalSetup: [testServers],
          // Left to itself, a machine with two cores has one worker. Most specs wait more than they work.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          ...timeouts,
        },
      },
      {
        ...resolution,
        test: {
          name: 'system',
          include: [endToEnd],
          globalSetup: [testServers, 'apps/e2e/src/system/global-setup.ts'],
          // Each worker has a system for all its files, which come one after the other. Most of the time they wait.
          isolate: false,
          maxWorkers: systems,
          sequence: { groupOrder: 1 },
          ...timeouts,
        },
      },
    ],
  },
});
