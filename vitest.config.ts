import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from '@antiphon/tools/test/longest-first';

const conditions = ['antiphon-source'];
const resolution = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const testServers = 'tools/test/test-servers.ts';
/** A busy machine takes long for what takes no time on an idle one. Vitest's default of a second for `expect.poll` is too short for it. */
const timeouts = { testTimeout: 60_000, hookTimeout: 120_000, expect: { poll: { timeout: 20_000 } } };
const systems = 3;
const endToEnd = 'apps/e2e/src/**/*.spec.ts';
const ofCompact = 'apps/e2e/src/compact.spec.ts';
/**
 * The scenarios that also run against all services in one process: what a client of each dialect does, and what depends on the bus. With
 * `COMPACT_SPECS=all` the others too, except those about separate processes and NATS.
 */
const coreOfCompact = [
  'agent/*',
  'background',
  'codex',
  'compact',
  'conversations',
  'idempotency',
  'jan/*',
  'mcp/*',
  'openai/responses',
  'streams',
  'webhooks/notifications',
].map((name) => `apps/e2e/src/${name}.spec.ts`);
const aboutProcesses = [
  'auth',
  'clients/websocket',
  'counts/counts',
  'events',
  'examples',
  'faults/*',
  'history',
  'kept',
  'large-bodies',
  'limits',
  'local-pages',
  'nats-permissions',
  'providers',
  'tracing',
].map((name) => `apps/e2e/src/${name}.spec.ts`);
/** Each worker has a system for all its files, which come one after the other. Most of the time they wait. */
const systemOfWorker = {
  globalSetup: [testServers, 'apps/e2e/src/system/global-setup.ts'],
  isolate: false,
  maxWorkers: systems,
};

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...resolution,
        test: {
          name: 'parts',
          include: ['{apps,libs}/*/src/**/*.spec.ts', 'tools/**/*.spec.ts'],
          exclude: [endToEnd, '**/node_modules/**'],
          globalSetup: [testServers],
          // The specs of a worker share its process and its modules, whose loading would take more time than the tests.
          isolate: false,
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
          exclude: [ofCompact],
          ...systemOfWorker,
          sequence: { groupOrder: 1 },
          ...timeouts,
        },
      },
      {
        ...resolution,
        test: {
          name: 'compact',
          include: process.env.COMPACT_SPECS === 'all' ? [endToEnd] : coreOfCompact,
          exclude: aboutProcesses,
          ...systemOfWorker,
          sequence: { groupOrder: 2 },
          ...timeouts,
        },
      },
    ],
  },
});
