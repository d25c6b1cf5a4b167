import { EventLogStore, IdempotencyStore, LeaseStore, ResponseStore, RunEvents } from '@antiphon/runtime';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { WORKER_CONFIG, type WorkerConfig } from '../config.ts';

const batchMax = 500;

/** Ends what nobody else will: runs whose process is gone, deadlines and pauses that passed. Removes what is past its time. */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isSweeping = false;

  constructor(
    private readonly leases: LeaseStore,
    private readonly responses: ResponseStore,
    private readonly logs: EventLogStore,
    private readonly keys: IdempotencyStore,
    private readonly events: RunEvents,
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
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      await this.endOverdue();
      await this.removeOld();
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'sweeping failed');
    } finally {
      this.isSweeping = false;
    }
  }

  /** One sweep reads a bounded number of rows and bytes. */
  private async endOverdue(): Promise<void> {
    for (let ended = await this.leases.sweep(); ended.length > 0; ended = await this.leases.sweep()) {
      for (const { id, error } of ended) {
        this.events.announce(id);
        this.logger.warn({ responseId: id, error: error?.message }, 'response failed');
      }
    }
  }

  private async removeOld(): Promise<void> {
    const { responsesMs, eventsMs } = this.config.retention;
    const responses =
      responsesMs === 0 ? 0 : await this.inBatches((max) => this.responses.removeOld(responsesMs, max));
    const logs = await this.inBatches((max) => this.logs.sweep(eventsMs, max));
    const keys = await this.inBatches((max) => this.keys.sweep(max));
    if (responses + logs + keys > 0)
      this.logger.info({ responses, logs, keys }, 'removed what is past its time');
  }

  /** Each batch is a transaction of its own, so that nobody waits long for a lock; what is left is for the next sweep. */
  private async inBatches(remove: (countMax: number) => Promise<number>): Promise<number> {
    const { removedMax } = this.config.retention;
    for (let removed = 0; ;) {
      const max = Math.min(batchMax, removedMax - removed);
      const count = await remove(max);
      removed += count;
      if (count < max || removed >= removedMax) return removed;
    }
  }
}
