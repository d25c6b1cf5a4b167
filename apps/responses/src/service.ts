import { isToolOutput } from '@antiphon/dialects';
import type { ServiceDefinition } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';
import { encodeErrorAt } from './http/dialect-at.ts';

/** The service of this app, configured by an environment. Throws ConfigError that names the invalid settings. */
export function responsesService(environment: NodeJS.ProcessEnv): ServiceDefinition {
  const config = loadConfig(environment);
  const module = AppModule.with(config);
  return { name: 'responses', config, module, encodeError: encodeErrorAt, mendsTextOf: isToolOutput };
}
