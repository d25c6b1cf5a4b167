import { type DynamicModule, Module } from '@nestjs/common';
import { PythonModule } from '../python/python.module.ts';
import { ContainerFiles } from './container-files.ts';
import { ContainersCleaner } from './containers-cleaner.ts';
import { ContainersService } from './containers.service.ts';
import { containerFilesControllerFor } from './http/container-files.controller.ts';
import { containersControllerFor } from './http/containers.controller.ts';
import type { ContainerRoutes } from './http/routes.ts';
import { ContainerFileStore } from './stored/container-file.store.ts';
import { ContainerStore } from './stored/container.store.ts';

/** `/v1/containers`. */
@Module({})
export class ContainersModule {
  /** `files` is the module of `/v1/files`: containers store their files in the same way. */
  static with(routes: ContainerRoutes, files: DynamicModule): DynamicModule {
    return {
      module: ContainersModule,
      imports: [files, PythonModule],
      controllers: [containersControllerFor(routes), containerFilesControllerFor(routes)],
      providers: [ContainerStore, ContainerFileStore, ContainerFiles, ContainersService, ContainersCleaner],
      exports: [ContainerStore, ContainerFileStore, ContainerFiles, ContainersService],
    };
  }
}
