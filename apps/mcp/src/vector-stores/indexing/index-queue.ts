import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MCP_CONFIG } from '../../config.ts';
import { lockStoresOf } from '../../file-search/default-store.ts';
import { PassageStore } from '../../file-search/passage.store.ts';
import type { IndexClaim, IndexErrorCode } from '../stored/rows.ts';
import { VectorStoreStore } from '../stored/vector-store.store.ts';
import type { VectorStoreLimits } from '../vector-store-limits.ts';

/** The claim is not valid any more: the file was removed, cancelled or added again, or another process indexes it. */
export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
}

/** What was written of a file that is being indexed. */
export interface IndexedPassages {
  count: number;
  bytes: number;
  /** The model of the vectors; null without vectors. */
  embeddingModel: string | null;
}

/**
 * The files that wait to be indexed: rows `in_progress`. A process claims a file for a lease, and every write of it is guarded by the claim's number.
 * Passages are invisible until the file is completed.
 */
@Injectable()
export class IndexQueue {
  private readonly limits: VectorStoreLimits;

  constructor(
    private readonly database: DataSource,
    private readonly stores: VectorStoreStore,
    private readonly passages: PassageStore,
    @Inject(MCP_CONFIG) config: { vectorStores: VectorStoreLimits },
  ) {
    this.limits = config.vectorStores;
  }

  /** Claims up to `countMax` files whose turn it is. */
  async claim(countMax: number): Promise<IndexClaim[]> {
    const [claims]: [IndexClaim[], number] = await this.database.query(
      `update mcp.vector_store_files f
          set epoch = f.epoch + 1, attempts = f.attempts + 1, due_at = clock_timestamp() + $2 * interval '1 ms'
         from (select store_id, file_id from mcp.vector_store_files
                where status = 'in_progress' and due_at <= clock_timestamp()
                order by turn, place limit $1 for update skip locked) as next
        where f.store_id = next.store_id and f.file_id = next.file_id
       returning f.store_id as "storeId", f.file_id as "fileId", f.filename, f.creator, f.epoch, f.attempts,
                 f.chunk_tokens as "chunkTokens", f.overlap_tokens as "overlapTokens"`,
      [countMax, this.limits.leaseMs],
    );
    return claims;
  }

  /** Extends a claim. Throws ClaimLost. */
  async renew(claim: IndexClaim): Promise<void> {
    await this.update(this.database.manager, claim, `due_at = clock_timestamp() + $4 * interval '1 ms'`, [
      this.limits.leaseMs,
    ]);
  }

  /** Removes what an earlier attempt wrote. Throws ClaimLost. */
  async begin(claim: IndexClaim): Promise<void> {
    await this.holding(claim, (db) => this.passages.remove(db, claim.storeId, claim.fileId));
  }

  /** Adds passages, the first of them at the place `start`. Throws ClaimLost. */
  async write(
    claim: IndexClaim,
    start: number,
    texts: readonly string[],
    vectors: readonly number[][] | null,
  ): Promise<void> {
    const { storeId, fileId } = claim;
    await this.holding(claim, (db) => this.passages.insert(db, { storeId, fileId, start, texts, vectors }));
  }

  /** Makes the file searchable. Throws ClaimLost, and `forbidden` where the owner has no room for it. */
  async complete(claim: IndexClaim, { count, bytes, embeddingModel }: IndexedPassages): Promise<void> {
    await this.database.transaction(async (db) => {
      await lockStoresOf(db, claim.creator.userId);
      await this.stores.requireRoom(db, claim.creator, bytes);
      await this.update(
        db,
        claim,
        `status = 'completed', due_at = null, creator = null, chunk_count = $4, usage_bytes = $5, embedding_model = $6`,
        [count, bytes, embeddingModel],
      );
    });
  }

  /** Ends the indexing of a file that cannot be indexed. Throws ClaimLost. */
  async fail(claim: IndexClaim, code: IndexErrorCode, message: string): Promise<void> {
    await this.database.transaction(async (db) => {
      await lockStoresOf(db, claim.creator.userId);
      await this.update(
        db,
        claim,
        `status = 'failed', due_at = null, creator = null, error_code = $4, error_message = $5`,
        [code, message],
      );
      await this.passages.remove(db, claim.storeId, claim.fileId);
    });
  }

  /** Lets the file wait for another attempt. Throws ClaimLost. */
  async postpone(claim: IndexClaim, waitMs: number): Promise<void> {
    await this.update(this.database.manager, claim, `due_at = clock_timestamp() + $4 * interval '1 ms'`, [
      waitMs,
    ]);
  }

  /** Gives the file back at once, as if it had not been claimed. Throws ClaimLost. */
  async release(claim: IndexClaim): Promise<void> {
    await this.update(
      this.database.manager,
      claim,
      'due_at = clock_timestamp(), attempts = greatest(attempts - 1, 0)',
      [],
    );
  }

  /** Runs a transaction while no other claim can begin. */
  private holding(claim: IndexClaim, run: (db: EntityManager) => Promise<unknown>): Promise<void> {
    return this.database.transaction(async (db) => {
      await this.update(db, claim, `due_at = clock_timestamp() + $4 * interval '1 ms'`, [
        this.limits.leaseMs,
      ]);
      await run(db);
    });
  }

  private async update(
    db: EntityManager,
    { storeId, fileId, epoch }: IndexClaim,
    changes: string,
    values: readonly unknown[],
  ): Promise<void> {
    const [, count]: [unknown, number] = await db.query(
      `update mcp.vector_store_files set ${changes}, updated_at = clock_timestamp()
        where store_id = $1 and file_id = $2 and epoch = $3 and status = 'in_progress'`,
      [storeId, fileId, epoch, ...values],
    );
    if (count !== 1) throw new ClaimLost();
  }
}
