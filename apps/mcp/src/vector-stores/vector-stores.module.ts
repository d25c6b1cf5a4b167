import { type DynamicModule, Module } from '@nestjs/common';
import { DocumentReader } from '../documents/document-reader.ts';
import { FileSearchModule } from '../file-search/file-search.module.ts';
import { FileBatchesController } from './http/file-batches.controller.ts';
import { StoreFilesController } from './http/store-files.controller.ts';
import { VectorStoresController } from './http/vector-stores.controller.ts';
import { FileIndexer } from './indexing/file-indexer.ts';
import { IndexQueue } from './indexing/index-queue.ts';
import { IndexWorker } from './indexing/index-worker.ts';
import { StoreCleaner } from './store-cleaner.ts';
import { StoreSearchModule } from './search/store-search.module.ts';
import { FileBatchStore } from './stored/file-batch.store.ts';
import { StoreFileStore } from './stored/store-file.store.ts';

/** `/v1/vector_stores`, and the indexing of their files. */
@Module({})
export class VectorStoresModule {
  /** `files` is the module that owns the files of users. */
  static with(files: DynamicModule): DynamicModule {
    return {
      module: VectorStoresModule,
      imports: [FileSearchModule, StoreSearchModule, files],
      controllers: [VectorStoresController, StoreFilesController, FileBatchesController],
      providers: [
        StoreFileStore,
        FileBatchStore,
        IndexQueue,
        FileIndexer,
        IndexWorker,
        DocumentReader,
        StoreCleaner,
      ],
    };
  }
}
