import { AppError } from '@antiphon/contracts';
import { LOGGER, type Logger } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import type { Lease } from './lease.ts';
import { LeaseStore } from './lease.store.ts';

/** Nest's token for the time between two heartbeats, in milliseconds. */
export const HEARTBEAT_MS = Symbol('heartbeat');

/**
 * Extends the leases of this process's runs by a timer that does not depend on their progress, with one statement for all. Aborts a run
 * whose lease is lost: its response was cancelled, deleted or taken over, possibly by this process.
 */
@Injectable()
export class LeaseKeeper {
  private readonly held = new Map<Lease, Hold>();
  private readonly timer: NodeJS.Timeout;
  private isBeating = false;

  constructor(
    private readonly leases: LeaseStore,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(HEARTBEAT_MS) private readonly heartbeatMs: number,
  ) {
    this.timer = setInterval(() => void this.beat(), heartbeatMs).unref();
  }

  keep(lease: Lease, onLost: () => void): void {
    this.held.set(lease, { onLost, confirmedAtMs: lease.claimedAtMs ?? performance.now() });
  }

  drop(lease: Lease): void {
    this.held.delete(lease);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * Calls `onLost` where this process no longer holds a lease. Queries the database only where the last heartbeat is long ago, as in a process
   * that was frozen: its timers run after the work that waited beside them. Throws where the database does not answer.
   */
  async confirm(lease: Lease): Promise<void> {
    const hold = this.held.get(lease);
    if (hold && performance.now() - hold.confirmedAtMs > 2 * this.heartbeatMs) await this.renew([lease]);
  }

  private async beat(): Promise<void> {
    const leases = [...this.held.keys()];
    if (leases.length === 0 || this.isBeating) return;
    this.isBeating = true;
    try {
      await this.renew(leases);
    } catch (error) {
      // A lease lasts for several heartbeats; the next one tries again.
      this.logger.warn({ error: (error as Error).message }, 'a heartbeat failed');
    } finally {
      this.isBeating = false;
    }
  }

  private async renew(leases: readonly Lease[]): Promise<void> {
    const askedAtMs = performance.now();
    const alive = await this.leases.heartbeat(leases);
    for (const lease of leases) {
      const hold = this.held.get(lease);
      if (!hold) continue;
      if (alive.has(lease)) hold.confirmedAtMs = askedAtMs;
      else hold.onLost();
    }
  }
}

interface Hold {
  onLost: () => void;
  /** By the monotonic clock of the process. */
  confirmedAtMs: number;
}

export function leaseLost(): AppError {
  return new AppError('interrupted', 'The run was taken over or ended elsewhere.');
}
