import type { Caller } from '@antiphon/contracts';
import { ResponseStore, type StoredFigure, StoredUse } from '@antiphon/runtime';
import { CallerLimits } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';

/** Limits what each caller stores and queues. Refuses with `forbidden` and `rate_limited`. */
@Injectable()
export class Quotas {
  /** Background creates between their check and their row, by user. */
  private readonly arriving = new Map<string, number>();

  constructor(
    private readonly limits: CallerLimits,
    private readonly use: StoredUse,
    private readonly store: ResponseStore,
  ) {}

  /** Refuses a caller whose stored data has reached its limit. Does not query the database: the figure is some seconds old. */
  admitStored(caller: Caller): void {
    const rowsMax = this.limits.limitOf(caller, 'storedRows');
    const bytesMax = this.limits.limitOf(caller, 'storedBytes');
    const isFull = ({ rows, bytes }: StoredFigure) => rows >= rowsMax || bytes >= bytesMax;
    const { rows, bytes } = this.use.read(caller.userId, isFull);
    this.limits.admit(caller, 'storedRows', rows);
    this.limits.admit(caller, 'storedBytes', bytes);
  }

  /** Admits a body that is stored as it is, and counts its bytes at once. */
  admitBody(caller: Caller, bytes: number): void {
    this.admitStored(caller);
    this.use.add(caller.userId, bytes);
  }

  /**
   * Inserts a queued run unless the caller's queue is full. Concurrent creates count each other, so that together they stay within the limit.
   */
  async queue<Inserted>(caller: Caller, insert: () => Promise<Inserted>): Promise<Inserted> {
    const { userId } = caller;
    const arriving = this.arriving.get(userId) ?? 0;
    this.arriving.set(userId, arriving + 1);
    try {
      const queued = await this.store.countQueued(userId, this.limits.limitOf(caller, 'queuedRuns'));
      this.limits.admit(caller, 'queuedRuns', queued + arriving);
      return await insert();
    } finally {
      const left = (this.arriving.get(userId) ?? 1) - 1;
      if (left === 0) this.arriving.delete(userId);
      else this.arriving.set(userId, left);
    }
  }
}
