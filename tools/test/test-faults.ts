/**
 * `npm run test:faults`: builds, then injects faults into a running system for minutes. FAULT_SEED repeats a run, FAULT_RUNS and
 * FAULT_COUNT set its size, E2E_LOG_FOLDER keeps the services' logs.
 */
import { spawnSync } from 'node:child_process';
import { repositoryRoot } from '../repository.ts';

const environment = { ...process.env, FAULTS: 'long' };

for (const [command, ...commandArguments] of [
  [process.execPath, 'tools/build/run-build.ts'],
  ['vitest', 'run', '--project', 'system', 'apps/e2e/src/faults', '--maxWorkers=1', ...process.argv.slice(2)],
] as const) {
  const { status } = spawnSync(command, commandArguments, {
    cwd: repositoryRoot,
    env: environment,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
