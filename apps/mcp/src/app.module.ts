import { type DynamicModule, Module } from '@nestjs/common';
import { AccountRemovalModule } from './account-removal/account-removal.module.ts';
import type { Config } from './config.ts';
import { EndpointModule } from './endpoint/endpoint.module.ts';
import { HostModule } from './host/host.module.ts';
import { McpResourcesModule } from './resources.module.ts';
import { RegistryModule } from './servers/registry/registry.module.ts';
import { serverRoutes } from './servers/registry/routes.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        McpResourcesModule.with(config),
        HostModule,
        EndpointModule,
        RegistryModule.with(serverRoutes(config.servers.limits)),
        AccountRemovalModule,
      ],
    };
  }
}
