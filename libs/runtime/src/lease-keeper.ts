import { AppError } from '@antiphon/contracts';
import type { Logger } from '@antiphon/service-kit';
import type { ActiveRuns } from './active-runs.ts';
import type { Lease, ResponseStore } from './store/response.store.ts';

/**
 * Keeps the leases of this process's runs alive, by a timer that does not depend on their progress: one statement for all. A run whose
 * lease is gone (cancelled, deleted or taken over) is aborted.
 */
export class LeaseKeeper {
  private readonly held = new Map<string, Lease>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: ResponseStore,
    private readonly runs: ActiveRuns,
    private readonly logger: Logger,
    heartbeatMs: number,
  ) {
    this.timer = setInterval(() => void this.beat(), heartbeatMs).unref();
  }

  keep(lease: Lease): void {
    this.held.set(lease.responseId, lease);
  }

  drop(lease: Lease): void {
    this.held.delete(lease.responseId);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async beat(): Promise<void> {
    const leases = [...this.held.values()];
    if (leases.length === 0) return;
    try {
      const alive = await this.store.heartbeat(leases);
      for (const lease of leases)
        if (!alive.has(lease.responseId)) this.runs.abort(lease.responseId, leaseLost());
    } catch (error) {
      // The leases outlast several beats; the database is asked again at the next.
      this.logger.warn({ error: (error as Error).message }, 'a heartbeat failed');
    }
  }
}

export function leaseLost(): AppError {
  return new AppError('interrupted', 'The run was taken over or ended elsewhere.');
}
