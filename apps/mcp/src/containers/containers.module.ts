import { type DynamicModule, Module } from '@nestjs/common';
import { StoredFilesModule } from '../files/stored-files.module.ts';
import { ContainersCleaner } from './containers-cleaner.ts';
import { containerFilesControllerFor } from './http/container-files.controller.ts';
import { containersControllerFor } from './http/containers.controller.ts';
import type { ContainerRoutes } from './http/routes.ts';
import { StoredContainersModule } from './stored-containers.module.ts';

/** `/v1/containers`. */
@Module({})
export class ContainersModule {
  static with(routes: ContainerRoutes): DynamicModule {
    return {
      module: ContainersModule,
      imports: [StoredContainersModule, StoredFilesModule],
      controllers: [containersControllerFor(routes), containerFilesControllerFor(routes)],
      providers: [ContainersCleaner],
    };
  }
}
