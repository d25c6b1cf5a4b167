import { type DynamicModule, Module } from '@nestjs/common';
import { FilesCleaner } from './files-cleaner.ts';
import { FilesHandler } from './files.handler.ts';
import { filesControllerFor } from './http/files.controller.ts';
import type { FileRoutes } from './http/routes.ts';
import { uploadsControllerFor } from './http/uploads.controller.ts';
import { StoredFilesModule } from './stored-files.module.ts';

/** `/v1/files` and `/v1/uploads`. Global: hosted tools read files that a request names. */
@Module({})
export class FilesModule {
  static with(routes: FileRoutes): DynamicModule {
    return {
      module: FilesModule,
      global: true,
      imports: [StoredFilesModule],
      controllers: [filesControllerFor(routes), uploadsControllerFor(routes), FilesHandler],
      providers: [FilesCleaner],
      exports: [StoredFilesModule],
    };
  }
}
