import { llmEmbed } from '@antiphon/contracts';
import { toFile } from 'openai';
import { DataSource } from 'typeorm';
import { beforeEach } from 'vitest';
import { FilesCleaner } from '../../files/files-cleaner.ts';
import { FilesModule } from '../../files/files.module.ts';
import { fileRoutes } from '../../files/http/routes.ts';
import { base64, type Embedding } from '../../testing/file-search-tools.ts';
import { startFeatures } from '../../testing/started-service.ts';
import { StoreCleaner } from '../store-cleaner.ts';
import { StoreFileStore } from '../stored/store-file.store.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';
import { VectorStoresModule } from '../vector-stores.module.ts';

/** The mcp service with its files and vector stores, and a fake llm service. Each test begins without files and stores, and without a model for embeddings. */
export async function vectorService(limits: Record<string, unknown> = {}) {
  const llm: { model: string; embed: Embedding | null; hold: Promise<unknown> | null } = {
    model: 'concepts',
    embed: null,
    hold: null,
  };
  const service = await startFeatures({
    limits: {
      files: { clean_up_interval: '1h' },
      vector_stores: { clean_up_interval: '1h', poll_interval: '20ms', ...limits },
    },
    answer: (bus) =>
      bus.handle(llmEmbed, async ({ texts }) => {
        const { embed, model } = llm;
        if (embed === null) return { model: null, vectors: [] };
        const vectors = texts.map((text) => base64(embed(text)));
        await llm.hold;
        return { model, vectors };
      }),
    modules: (config) => {
      const files = FilesModule.with(fileRoutes(config.files.limits));
      return [files, VectorStoresModule.with(files)];
    },
  });
  const { app, query } = service;
  beforeEach(async () => {
    Object.assign(llm, { embed: null, hold: null });
    // In the order in which an indexer that still works locks the tables, so that one waits for the other.
    await query(
      'truncate mcp.vector_store_files, mcp.vector_store_chunks, mcp.vector_stores, mcp.files, mcp.file_parts, mcp.file_part_chunks cascade',
    );
  });

  /** Uploads a file and returns its id. */
  const upload = async (content: string | Buffer, name = 'notes.txt', client = service.ann) => {
    const file = await toFile(Buffer.from(content), name);
    return (await client.files.create({ file, purpose: 'user_data' })).id;
  };
  /** Adds a file to a store and waits until it is indexed, or cannot be. */
  const index = async (
    storeId: string,
    content: string | Buffer,
    more: Partial<Parameters<typeof service.ann.vectorStores.files.create>[1]> & { name?: string } = {},
    client = service.ann,
  ) => {
    const { name, ...body } = more;
    const file_id = await upload(content, name, client);
    return client.vectorStores.files.createAndPoll(storeId, { file_id, ...body }, { pollIntervalMs: 20 });
  };
  return {
    ...service,
    llm,
    upload,
    index,
    stores: app.get(VectorStoreStore),
    files: app.get(StoreFileStore),
    cleaner: app.get(StoreCleaner),
    filesCleaner: app.get(FilesCleaner),
    dataSource: app.get(DataSource),
  };
}
