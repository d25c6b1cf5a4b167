import { every, type Repetition } from '@antiphon/async';
import { type Logger, LOGGER } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MCP_CONFIG } from '../config.ts';
import type { VectorStoreLimits } from './vector-store-limits.ts';

/** Rows of one statement: passages are large, and their index takes time. */
const chunksAtOnce = 2_000;
const filesAtOnce = 500;
const storesAtOnce = 20;
/** The most groups of stores a round. The next round removes the rest. */
const groupsMax = 50;

/** Removes what removed and expired vector stores hold, in short statements, and then the removed stores. Instances share the work. */
@Injectable()
export class StoreCleaner implements OnModuleInit, OnModuleDestroy {
  private cleaning: Repetition | null = null;

  constructor(
    private readonly database: DataSource,
    @Inject(MCP_CONFIG) private readonly config: { vectorStores: VectorStoreLimits },
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.cleaning = every(
      this.config.vectorStores.cleanUpIntervalMs,
      () => this.cleanUp(),
      (error) =>
        this.logger.error({ err: error }, 'removing vector stores failed: the next round tries again'),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.cleaning?.stop();
  }

  /** Runs one round. */
  async cleanUp(): Promise<void> {
    const removed = { chunks: 0, files: 0, stores: 0 };
    for (let time = 0; time < groupsMax; time++) {
      const rows = await this.database.query<{ id: string }[]>(endedStores, [storesAtOnce]);
      if (rows.length === 0) break;
      const ids = rows.map(({ id }) => id);
      // The passages first, so that the removal of their files stays small.
      removed.chunks += await this.drain(removedChunks, ids, chunksAtOnce);
      removed.files += await this.drain(removedFiles, ids, filesAtOnce);
      const [, stores]: [unknown, number] = await this.database.query(removedStores, [ids]);
      removed.stores += stores;
    }
    if (Object.values(removed).some((count) => count > 0)) this.logger.info(removed, 'removed vector stores');
  }

  private async drain(statement: string, ids: readonly string[], rowsMax: number): Promise<number> {
    for (let total = 0; ;) {
      const [, count]: [unknown, number] = await this.database.query(statement, [ids, rowsMax]);
      total += count;
      if (count < rowsMax) return total;
    }
  }
}

/** Stores that are removed, or expired and not empty. */
const endedStores = `
  (select id from mcp.vector_stores where removed_at is not null order by removed_at limit $1)
  union all
  (select id from mcp.vector_stores where expires_at <= clock_timestamp() and file_count > 0 order by expires_at limit $1)`;

const removedChunks = `
  delete from mcp.vector_store_chunks where (store_id, file_id, position) in (
    select store_id, file_id, position from mcp.vector_store_chunks where store_id = any ($1)
     order by store_id, file_id, position limit $2)`;

const removedFiles = `
  delete from mcp.vector_store_files where (store_id, file_id) in (
    select store_id, file_id from mcp.vector_store_files where store_id = any ($1)
     order by store_id, file_id limit $2)`;

const removedStores =
  'delete from mcp.vector_stores where id = any ($1) and removed_at is not null and file_count = 0';
