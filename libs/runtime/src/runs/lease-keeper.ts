import { AppError } from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import type { Lease, ResponseStore } from '../responses/response.store.ts';

/**
 * Keeps the leases of this process's runs alive, by a timer that does not depend on their progress: one statement for all. A run whose
 * lease is gone (cancelled, deleted or taken over, be it by this process) is told so.
 */
export class LeaseKeeper {
  private readonly held = new Map<Lease, () => void>();
  private readonly timer: NodeJS.Timeout;
  private isBeating = false;

  constructor(
    private readonly store: ResponseStore,
    private readonly logger: Logger,
    heartbeatMs: number,
  ) {
    this.timer = setInterval(() => void this.beat(), heartbeatMs).unref();
  }

  keep(lease: Lease, onLost: () => void): void {
    this.held.set(lease, onLost);
  }

  drop(lease: Lease): void {
    this.held.delete(lease);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    const leases = [...this.held.keys()];
    if (leases.length === 0 || this.isBeating) return;
    this.isBeating = true;
    try {
      const alive = await this.store.heartbeat(leases);
      for (const lease of leases) if (!alive.has(lease)) this.held.get(lease)?.();
    } catch (error) {
      // The leases outlast several beats; the database is asked again at the next.
      this.logger.warn({ error: (error as Error).message }, 'a heartbeat failed');
    } finally {
      this.isBeating = false;
    }
  }
}

export function leaseLost(): AppError {
  return new AppError('interrupted', 'The run was taken over or ended elsewhere.');
}
