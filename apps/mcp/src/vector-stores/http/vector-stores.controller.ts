import type { Caller, InputOf } from '@antiphon/contracts';
import { CallerGuard, clientGone, CurrentCaller, Serves } from '@antiphon/service-kit';
import { Controller, Res, UseGuards } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { IndexWorker } from '../indexing/index-worker.ts';
import { StoreSearch } from '../search/store-search.ts';
import { StoreFileStore } from '../stored/store-file.store.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';
import { vectorStoreRoutes as routes, type VectorStoreRoutes } from './routes.ts';
import { encodeResults, encodeStore, encodeStoreList } from './wire.ts';

type OfStore = InputOf<VectorStoreRoutes['retrieve']>;

/** Vector stores and their search. */
@Controller()
@UseGuards(CallerGuard)
export class VectorStoresController {
  constructor(
    private readonly stores: VectorStoreStore,
    private readonly files: StoreFileStore,
    private readonly searching: StoreSearch,
    private readonly worker: IndexWorker,
  ) {}

  @Serves(routes.create)
  async create({ body }: InputOf<VectorStoreRoutes['create']>, @CurrentCaller() caller: Caller) {
    const store = await this.stores.create(caller, body.store, (db, storeId) =>
      this.files.addAll(db, caller, { storeId, batchId: null }, body.files),
    );
    this.worker.ring();
    return encodeStore(store);
  }

  @Serves(routes.list)
  async list({ query }: InputOf<VectorStoreRoutes['list']>, @CurrentCaller() caller: Caller) {
    return encodeStoreList(await this.stores.list(caller, query));
  }

  @Serves(routes.retrieve)
  async retrieve({ params: { id } }: OfStore, @CurrentCaller() caller: Caller) {
    return encodeStore(await this.stores.find(caller, id));
  }

  @Serves(routes.change)
  async change(
    { params: { id }, body }: InputOf<VectorStoreRoutes['change']>,
    @CurrentCaller() caller: Caller,
  ) {
    return encodeStore(await this.stores.change(caller, id, body));
  }

  @Serves(routes.remove)
  async remove({ params: { id } }: InputOf<VectorStoreRoutes['remove']>, @CurrentCaller() caller: Caller) {
    await this.stores.remove(caller, id);
    return { id, object: 'vector_store.deleted' as const, deleted: true as const };
  }

  @Serves(routes.search)
  async search(
    { params: { id }, body }: InputOf<VectorStoreRoutes['search']>,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return encodeResults(
      body.queries,
      await this.searching.search(caller, [id], body, clientGone(reply.raw)),
    );
  }
}
