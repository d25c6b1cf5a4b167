/**
 * `npm run test:faults`: builds, then breaks a running system for minutes. FAULT_SEED does a run again, FAULT_RUNS and FAULT_COUNT say how
 * much of it; E2E_LOG_FOLDER keeps the logs of the services.
 */
import { spawnSync } from 'node:child_process';
import { quietNx } from '../build/build.ts';
import { repositoryRoot } from '../repository.ts';

const environment = { ...process.env, ...quietNx, FAULTS: 'long' };

for (const [command, ...commandArguments] of [
  ['nx', 'run-many', '-t', 'build'],
  ['vitest', 'run', '--project', 'system', 'apps/e2e/src/faults', ...process.argv.slice(2)],
] as const) {
  const { status } = spawnSync(command, commandArguments, {
    cwd: repositoryRoot,
    env: environment,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
