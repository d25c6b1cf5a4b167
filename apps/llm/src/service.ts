import type { ServiceDefinition } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { isToolMessage } from './chat/chat-request.ts';
import { loadConfig } from './config.ts';
import { encodeErrorAt } from './http/encode-error.ts';

/** The service of this app, configured by an environment. Throws ConfigError that names the invalid settings. */
export function llmService(environment: NodeJS.ProcessEnv): ServiceDefinition {
  const config = loadConfig(environment);
  const module = AppModule.with(config);
  return { name: 'llm', config, module, encodeError: encodeErrorAt, mendsTextOf: isToolMessage };
}
