import type { ServiceDefinition } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';

/** The service of this app, configured by an environment. Throws ConfigError that names the invalid settings. */
export function workerService(environment: NodeJS.ProcessEnv): ServiceDefinition {
  const config = loadConfig(environment);
  return { name: 'worker', config, module: AppModule.with(config) };
}
