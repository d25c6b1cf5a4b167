import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, UseGuards } from '@nestjs/common';
import { PassageStore } from '../../file-search/passage.store.ts';
import { IndexWorker } from '../indexing/index-worker.ts';
import { StoreFileStore } from '../stored/store-file.store.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';
import { vectorStoreRoutes as routes, type VectorStoreRoutes } from './routes.ts';
import { encodeContent, encodeStoreFile, encodeStoreFileList } from './wire.ts';

type OfFile = InputOf<VectorStoreRoutes['retrieveFile']>;

/** The files of vector stores. */
@Controller()
@UseGuards(CallerGuard)
export class StoreFilesController {
  constructor(
    private readonly stores: VectorStoreStore,
    private readonly files: StoreFileStore,
    private readonly passages: PassageStore,
    private readonly worker: IndexWorker,
  ) {}

  @Serves(routes.addFile)
  async add(
    { params: { id }, body }: InputOf<VectorStoreRoutes['addFile']>,
    @CurrentCaller() caller: Caller,
  ) {
    const file = await this.files.add(caller, id, body);
    this.worker.ring();
    return encodeStoreFile(file);
  }

  @Serves(routes.listFiles)
  async list(
    { params: { id }, query }: InputOf<VectorStoreRoutes['listFiles']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.find(caller, id);
    return encodeStoreFileList(await this.files.list({ storeId: id, batchId: null }, query));
  }

  @Serves(routes.retrieveFile)
  async retrieve({ params: { id, fileId } }: OfFile, @CurrentCaller() caller: Caller) {
    await this.stores.find(caller, id);
    return encodeStoreFile(await this.files.find(id, fileId));
  }

  @Serves(routes.changeFile)
  async change(
    { params: { id, fileId }, body }: InputOf<VectorStoreRoutes['changeFile']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.findOpen(caller, id);
    return encodeStoreFile(await this.files.setAttributes(id, fileId, body));
  }

  @Serves(routes.removeFile)
  async remove(
    { params: { id, fileId } }: InputOf<VectorStoreRoutes['removeFile']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.find(caller, id);
    await this.files.remove(caller, id, fileId);
    return { id: fileId, object: 'vector_store.file.deleted' as const, deleted: true as const };
  }

  @Serves(routes.readFile)
  async read(
    { params: { id, fileId } }: InputOf<VectorStoreRoutes['readFile']>,
    @CurrentCaller() caller: Caller,
  ) {
    await this.stores.findOpen(caller, id);
    const { status } = await this.files.find(id, fileId);
    return encodeContent(status === 'completed' ? await this.passages.textsOf(id, fileId) : []);
  }
}
