import { DocumentsModule } from '@antiphon/service-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { AccountRemovalModule } from './account-removal/account-removal.module.ts';
import { mcpApi, mcpRoutes } from './api.ts';
import type { Config } from './config.ts';
import { ContainersModule } from './containers/containers.module.ts';
import { EndpointModule } from './endpoint/endpoint.module.ts';
import { FilesModule } from './files/files.module.ts';
import { HostModule } from './host/host.module.ts';
import { McpResourcesModule } from './resources.module.ts';
import { RegistryModule } from './servers/registry/registry.module.ts';
import { VectorStoresModule } from './vector-stores/vector-stores.module.ts';

@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    const routes = mcpRoutes(config);
    const files = FilesModule.with(routes.files);
    return {
      module: AppModule,
      imports: [
        McpResourcesModule.with(config),
        HostModule,
        EndpointModule,
        RegistryModule.with(routes.servers),
        files,
        VectorStoresModule.with(files),
        ContainersModule.with(routes.containers),
        AccountRemovalModule.with(files),
        DocumentsModule.of([mcpApi(routes)]),
      ],
    };
  }
}
