import { ResponseStore } from '@antiphon/runtime';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from './config.ts';

/** Ends what nobody else will: runs whose process is gone, deadlines and pauses that passed. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ResponseStore) private readonly store: ResponseStore,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(WORKER_CONFIG) private readonly config: WorkerConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), this.config.background.sweepMs);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      for (const { id, error } of await this.store.sweep()) {
        this.logger.warn({ responseId: id, error: error?.message }, 'response failed');
      }
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'sweeping failed');
    }
  }
}
