import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { IndexWorker } from '../indexing/index-worker.ts';
import { FileBatchStore } from '../stored/file-batch.store.ts';
import { StoreFileStore } from '../stored/store-file.store.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';
import { vectorStoreRoutes as routes, type VectorStoreRoutes } from './routes.ts';
import { encodeBatch, encodeStoreFileList } from './wire.ts';

/** Files that are added to a vector store together. */
@Controller()
@UseGuards(CallerGuard)
export class FileBatchesController {
  constructor(
    private readonly stores: VectorStoreStore,
    private readonly files: StoreFileStore,
    private readonly batches: FileBatchStore,
    private readonly worker: IndexWorker,
  ) {}

  @Serves(routes.createBatch)
  async create(
    { params: { id }, body }: InputOf<VectorStoreRoutes['createBatch']>,
    @CurrentCaller() caller: Caller,
  ) {
    const batch = await this.batches.create(caller, id, body);
    this.worker.ring();
    return encodeBatch(batch);
  }

  @Serves(routes.retrieveBatch)
  async retrieve(
    { params: { id, batchId } }: InputOf<VectorStoreRoutes['retrieveBatch']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.find(caller, id);
    return encodeBatch(await this.batches.find(id, batchId));
  }

  @Serves(routes.cancelBatch)
  async cancel(
    { params: { id, batchId } }: InputOf<VectorStoreRoutes['cancelBatch']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.find(caller, id);
    return encodeBatch(await this.batches.cancel(caller, id, batchId));
  }

  @Serves(routes.listBatchFiles)
  async listFiles(
    { params: { id, batchId }, query }: InputOf<VectorStoreRoutes['listBatchFiles']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.find(caller, id);
    await this.batches.find(id, batchId);
    return encodeStoreFileList(await this.files.list({ storeId: id, batchId }, query));
  }
}
