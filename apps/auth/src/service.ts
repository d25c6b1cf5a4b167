import type { ServiceDefinition } from '@antiphon/service-kit';
import { AppModule } from './app.module.ts';
import { type AuthConfig, loadConfig } from './config.ts';
import { IdentityGuard } from './http/identity.ts';

/** The service of this app, configured by an environment. Throws ConfigError that names the invalid settings. */
export function authService(environment: NodeJS.ProcessEnv): ServiceDefinition {
  return authServiceWith(loadConfig(environment));
}

/** The service with a config that is already read. */
export function authServiceWith(config: AuthConfig): ServiceDefinition {
  return { name: 'auth', config, module: AppModule.with(config), identifiedBy: IdentityGuard };
}
