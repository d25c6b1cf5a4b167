import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type Config, MCP_CONFIG } from '../config.ts';
import { Embedder } from './embedder.ts';
import { FileIndexStore } from './file-index.store.ts';
import { PassageStore } from './passage.store.ts';

@Module({
  providers: [
    {
      provide: FileIndexStore,
      inject: [DataSource, MCP_CONFIG],
      useFactory: (database: DataSource, { fileSearch }: Config) => FileIndexStore.open(database, fileSearch),
    },
    {
      provide: PassageStore,
      inject: [DataSource, MCP_CONFIG],
      useFactory: (database: DataSource, { fileSearch }: Config) => PassageStore.open(database, fileSearch),
    },
    Embedder,
  ],
  exports: [FileIndexStore, PassageStore, Embedder],
})
export class FileSearchModule {}
