import { every, type Repetition } from '@antiphon/async';
import { type Logger, LOGGER } from '@antiphon/service-kit';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { MCP_CONFIG } from '../config.ts';
import type { FileLimits } from '../files/file-limits.ts';
import { batchCount, inBatches } from '../files/in-batches.ts';
import { ContainerStore } from './stored/container.store.ts';

/** Empties expired containers, and forgets old ones, as often as files are cleaned up. Instances share the work. */
@Injectable()
export class ContainersCleaner implements OnModuleInit, OnModuleDestroy {
  private cleaning: Repetition | null = null;

  constructor(
    private readonly containers: ContainerStore,
    @Inject(MCP_CONFIG) private readonly config: { files: { limits: FileLimits } },
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.cleaning = every(
      this.config.files.limits.cleanUpIntervalMs,
      () => this.cleanUp(),
      (error) => this.logger.error({ err: error }, 'emptying containers failed: the next round tries again'),
    );
  }

  async onModuleDestroy(): Promise<void> {
    await this.cleaning?.stop();
  }

  /** Runs one round. */
  async cleanUp(): Promise<void> {
    const containers = await inBatches(() => this.containers.endExpired(batchCount));
    const oldContainers = await inBatches(() => this.containers.removeOld(batchCount));
    if (containers + oldContainers > 0) this.logger.info({ containers, oldContainers }, 'removed containers');
  }
}
