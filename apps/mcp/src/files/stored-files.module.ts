import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Config, MCP_CONFIG } from '../config.ts';
import { PartReceiver } from './http/part-receiver.ts';
import { PartSender } from './http/part-sender.ts';
import { DatabaseContents } from './parts/database-contents.ts';
import { FileParts } from './parts/file-parts.ts';
import { PART_CONTENTS, type PartContents } from './parts/part-contents.ts';
import { S3Contents } from './parts/s3-contents.ts';
import { FileStore } from './stored/file.store.ts';
import { UploadStore } from './stored/upload.store.ts';

/** The files of callers and their bytes, for every feature that has files. */
@Module({
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
    PartSender,
  ],
  exports: [FileParts, FileStore, UploadStore, PartReceiver, PartSender],
})
export class StoredFilesModule {}

/** New parts go to the configured store; those that PostgreSQL has are read from there. */
async function openStores(database: DataSource, { files }: Pick<Config, 'files'>): Promise<PartContents[]> {
  const own = new DatabaseContents(database);
  return files.s3 === null ? [own] : [await S3Contents.open(files.s3), own];
}
