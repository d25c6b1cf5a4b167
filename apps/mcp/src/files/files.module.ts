import { type DynamicModule, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Config, MCP_CONFIG } from '../config.ts';
import { FilesCleaner } from './files-cleaner.ts';
import { FilesHandler } from './files.handler.ts';
import { filesControllerFor } from './http/files.controller.ts';
import { PartReceiver } from './http/part-receiver.ts';
import type { FileRoutes } from './http/routes.ts';
import { uploadsControllerFor } from './http/uploads.controller.ts';
import { DatabaseContents } from './parts/database-contents.ts';
import { FileParts } from './parts/file-parts.ts';
import { PART_CONTENTS, type PartContents } from './parts/part-contents.ts';
import { S3Contents } from './parts/s3-contents.ts';
import { FileStore } from './stored/file.store.ts';
import { UploadStore } from './stored/upload.store.ts';

/** `/v1/files` and `/v1/uploads`. Global: hosted tools read files that a request names. */
@Module({})
export class FilesModule {
  static with(routes: FileRoutes): DynamicModule {
    return {
      module: FilesModule,
      global: true,
      controllers: [filesControllerFor(routes), uploadsControllerFor(routes), FilesHandler],
      providers: [
        {
          provide: PART_CONTENTS,
          inject: [DataSource, MCP_CONFIG],
          useFactory: openStores,
        },
        FileParts,
        FileStore,
        UploadStore,
        PartReceiver,
        FilesCleaner,
      ],
      exports: [FileStore, FileParts],
    };
  }
}

/** New parts go to the configured store; those that PostgreSQL has are read from there. */
async function openStores(database: DataSource, { files }: Pick<Config, 'files'>): Promise<PartContents[]> {
  const own = new DatabaseContents(database);
  return files.s3 === null ? [own] : [await S3Contents.open(files.s3), own];
}
