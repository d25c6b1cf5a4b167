import { EventLogStore, IdempotencyStore, LeaseStore, ResponseStore, RunEvents } from '@antiphon/runtime';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SWEEP_CONFIG, type SweepConfig } from '../config.ts';

/** How many rows one transaction removes, so that other transactions do not wait long for its locks. */
const batchMax = 500;

/** Fails orphaned runs, expired pauses and runs past their deadline; removes rows past their retention. */
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
    @Inject(SWEEP_CONFIG) private readonly config: SweepConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), this.config.intervalMs);
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Sweeps once, unless a sweep is under way. An error is logged; the next sweep tries again. */
  async sweep(): Promise<void> {
    if (this.isSweeping) return;
    this.isSweeping = true;
    try {
      await this.failOverdue();
      await this.removeOld();
    } catch (error) {
      this.logger.warn({ error: (error as Error).message }, 'sweeping failed');
    } finally {
      this.isSweeping = false;
    }
  }

  /** Each call of the store reads a bounded number of rows and bytes. */
  private async failOverdue(): Promise<void> {
    for (let failed = await this.leases.sweep(); failed.length > 0; failed = await this.leases.sweep()) {
      for (const { id, error } of failed) {
        this.events.announce(id);
        this.logger.warn({ responseId: id, error: error?.message }, 'response failed');
      }
    }
  }

  private async removeOld(): Promise<void> {
    const { responsesMs, eventsMs } = this.config;
    const responses =
      responsesMs === 0 ? 0 : await this.inBatches((max) => this.responses.removeOld(responsesMs, max));
    const logs = await this.inBatches((max) => this.logs.sweep(eventsMs, max));
    const keys = await this.inBatches((max) => this.keys.sweep(max));
    if (responses + logs + keys > 0)
      this.logger.info({ responses, logs, keys }, 'removed rows past their retention');
  }

  /** Removes up to `removedMax` rows, one transaction a batch. Returns how many; the rest is left to the next sweep. */
  private async inBatches(remove: (countMax: number) => Promise<number>): Promise<number> {
    const { removedMax } = this.config;
    for (let removed = 0; ;) {
      const max = Math.min(batchMax, removedMax - removed);
      const count = await remove(max);
      removed += count;
      if (count < max || removed >= removedMax) return removed;
    }
  }
}
