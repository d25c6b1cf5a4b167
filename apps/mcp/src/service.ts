import type { ServiceDefinition } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { loadConfig } from './config.ts';
import { encodeMcpError } from './endpoint/json-rpc-error.ts';

/** The service of this app, configured by an environment. Throws ConfigError that names the invalid settings. */
export function mcpService(environment: NodeJS.ProcessEnv): ServiceDefinition {
  const config = loadConfig(environment);
  return { name: 'mcp', config, module: AppModule.with(config), encodeError: encodeMcpError };
}
