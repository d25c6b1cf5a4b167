import { Module } from '@nestjs/common';
import { FileSearchModule } from '../../file-search/file-search.module.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';
import { StoreSearch } from './store-search.ts';

/** The vector stores of callers and their search, for the API and for the model. */
@Module({
  imports: [FileSearchModule],
  providers: [VectorStoreStore, StoreSearch],
  exports: [VectorStoreStore, StoreSearch],
})
export class StoreSearchModule {}
