import { type DynamicModule, Module } from '@nestjs/common';
import { ServersModule } from '../servers.module.ts';
import type { ServerRoutes } from './routes.ts';
import { serversControllerFor } from './servers.controller.ts';

/** The routes that register, change and show outside MCP servers. */
@Module({})
export class RegistryModule {
  static with(routes: ServerRoutes): DynamicModule {
    return {
      module: RegistryModule,
      imports: [ServersModule],
      controllers: [serversControllerFor(routes)],
    };
  }
}
