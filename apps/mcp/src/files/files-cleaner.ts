import { every, type Repetition } from '@antiphon/async';
import { type Logger, LOGGER } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import type { FileLimits } from './file-limits.ts';
import { batchCount, inBatches } from './in-batches.ts';
import { FileParts } from './parts/file-parts.ts';
import { FileStore } from './stored/file.store.ts';
import { UploadStore } from './stored/upload.store.ts';

/** Removes expired files and uploads, and the bytes of everything that was deleted, in short batches. Instances share the work. */
@Injectable()
export class FilesCleaner implements OnModuleInit, OnModuleDestroy {
  private cleaning: Repetition | null = null;

  constructor(
    private readonly files: FileStore,
    private readonly uploads: UploadStore,
    private readonly parts: FileParts,
    @Inject(MCP_CONFIG) private readonly config: { files: { limits: FileLimits } },
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.cleaning = every(
      this.config.files.limits.cleanUpIntervalMs,
      () => this.cleanUp(),
      (error) => this.logger.error({ err: error }, 'removing files failed: the next round tries again'),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.cleaning?.stop();
  }

  /** Runs one round. */
  async cleanUp(): Promise<void> {
    const removed = {
      files: await inBatches(() => this.files.removeExpired(batchCount)),
      uploads: await inBatches(() => this.uploads.endExpired(batchCount)),
      oldUploads: await inBatches(() => this.uploads.removeOld(batchCount)),
      parts: await inBatches(() => this.parts.removeReleased(batchCount)),
    };
    if (Object.values(removed).some((count) => count > 0)) this.logger.info(removed, 'removed files');
  }
}
