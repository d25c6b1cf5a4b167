import { every, type Repetition } from '@antiphon/async';
import { type Logger, LOGGER } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { MCP_CONFIG } from '../config.ts';
import type { VectorStoreLimits } from './vector-store-limits.ts';

/** Rows of one statement: passages are large, and their index takes time. */
const chunksAtOnce = 2_000;
const filesAtOnce = 500;
/** The most statements of one kind a round. The next round removes the rest. */
const statementsMax = 50;

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
    const chunks = await this.drain(
      chunksAtOnce,
      ofEndedStores('vector_store_chunks', 'store_id, file_id, position'),
    );
    // Files go once no passages are left, so that their removal stays small.
    const files =
      chunks < chunksAtOnce * statementsMax
        ? await this.drain(filesAtOnce, ofEndedStores('vector_store_files', 'store_id, file_id'))
        : 0;
    const stores = await this.drain(filesAtOnce, removedStores);
    if (chunks + files + stores > 0) this.logger.info({ chunks, files, stores }, 'removed vector stores');
  }

  private async drain(rowsMax: number, statement: string): Promise<number> {
    let total = 0;
    for (let time = 0; time < statementsMax; time++) {
      const [, count]: [unknown, number] = await this.database.query(statement, [rowsMax]);
      total += count;
      if (count < rowsMax) break;
    }
    return total;
  }
}

/** Stores that are removed, or expired and not empty. */
const endedStores = `
  select id from mcp.vector_stores where removed_at is not null
  union all
  select id from mcp.vector_stores where expires_at <= clock_timestamp() and removed_at is null
     and in_progress_count + completed_count + failed_count + cancelled_count > 0`;

function ofEndedStores(table: string, key: string): string {
  return `delete from mcp.${table} where (${key}) in (
    select ${key} from mcp.${table} where store_id in (${endedStores}) limit $1 for update skip locked)`;
}

const removedStores = `
  delete from mcp.vector_stores where id in (
    select id from mcp.vector_stores s where removed_at is not null
       and not exists (select from mcp.vector_store_files f where f.store_id = s.id)
     limit $1 for update skip locked)`;
