import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['antiphon-source'] },
  ssr: { resolve: { conditions: ['antiphon-source'] } },
  test: {
    include: ['{apps,libs}/*/src/**/*.spec.ts', 'tools/**/*.spec.ts'],
    globalSetup: ['tools/local-stack/test-servers.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
  },
});
