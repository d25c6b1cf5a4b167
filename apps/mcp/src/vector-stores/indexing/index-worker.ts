import { ClaimLoop, every, Slots } from '@antiphon/async';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MCP_CONFIG } from '../../config.ts';
import type { IndexClaim } from '../stored/rows.ts';
import type { VectorStoreLimits } from '../vector-store-limits.ts';
import { FileIndexer, IndexRefusal } from './file-indexer.ts';
import { ClaimLost, IndexQueue } from './index-queue.ts';

/** The wait before a second attempt; it doubles each further time. */
const retryMs = 5_000;

/** Claims files that wait to be indexed and indexes them, a bounded number at a time. The rows say what waits; a ring only shortens the wait for a poll. */
@Injectable()
export class IndexWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stop = new AbortController();
  private readonly loop: ClaimLoop<IndexClaim>;
  private readonly limits: VectorStoreLimits;

  constructor(
    private readonly queue: IndexQueue,
    private readonly indexer: FileIndexer,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(MCP_CONFIG) config: { vectorStores: VectorStoreLimits },
  ) {
    this.limits = config.vectorStores;
    this.loop = new ClaimLoop({
      pollMs: this.limits.pollMs,
      slots: new Slots(this.limits.indexedAtOnceMax),
      claim: ({ countMax }) => this.queue.claim(countMax),
      run: (claim) => this.run(claim),
      onClaimError: (error) => this.logger.warn({ err: error }, 'claiming files to index failed'),
      // The lease expires and the file is claimed again, until its attempts are used up.
      onRunError: (error, { storeId, fileId }) =>
        this.logger.error({ storeId, fileId, err: error }, 'the end of indexing a file could not be stored'),
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  /** Gives back the files in work, so that another process goes on at once. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort(new Error('the service stops'));
    await this.loop.stop();
  }

  /** There may be files to index. */
  ring(): void {
    this.loop.ring();
  }

  private async run(claim: IndexClaim): Promise<void> {
    const { storeId, fileId, attempts } = claim;
    const lost = new AbortController();
    const renewing = every(
      this.limits.leaseMs / 3,
      () => this.queue.renew(claim),
      (error) => {
        if (error instanceof ClaimLost) lost.abort(error);
      },
    );
    try {
      if (attempts > this.limits.attemptsMax)
        throw new Error('the process ended each time that it indexed the file');
      await this.indexer.index(claim, AbortSignal.any([this.stop.signal, lost.signal]));
      this.logger.info({ storeId, fileId }, 'indexed a file');
    } catch (error) {
      await renewing.stop();
      await this.end(claim, error).catch(unlessLost);
    } finally {
      await renewing.stop();
    }
  }

  /** Stores the end of an attempt that did not complete. */
  private async end(claim: IndexClaim, error: unknown): Promise<void> {
    const { storeId, fileId, attempts } = claim;
    if (error instanceof ClaimLost) return;
    if (this.stop.signal.aborted) return this.queue.release(claim);
    if (error instanceof IndexRefusal) {
      this.logger.info({ storeId, fileId, code: error.code }, 'a file cannot be indexed');
      return this.queue.fail(claim, error.code, error.message);
    }
    this.logger.warn({ storeId, fileId, attempts, err: error }, 'indexing a file failed');
    if (attempts < this.limits.attemptsMax) return this.queue.postpone(claim, retryMs * 2 ** (attempts - 1));
    return this.queue.fail(claim, 'server_error', 'The file could not be indexed: add it again.');
  }
}

/** A claim that another process replaced meanwhile needs no end. */
function unlessLost(error: unknown): void {
  if (!(error instanceof ClaimLost)) throw error;
}
