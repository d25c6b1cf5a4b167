import type { Caller } from '@antiphon/contracts';
import { ResponseStore, type StoredFigure, StoredUse } from '@antiphon/runtime';
import { CallerLimits } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';

/** Admits what adds to a caller's stored data or queue, by figures of the database. Refusals: `forbidden`, `rate_limited`. */
@Injectable()
export class Quotas {
  /** Background creates that are counted as queued and not stored yet, by user. */
  private readonly arriving = new Map<string, number>();

  constructor(
    private readonly limits: CallerLimits,
    private readonly use: StoredUse,
    @Inject(ResponseStore) private readonly store: Pick<ResponseStore, 'countQueued'>,
  ) {}

  /** Refuses a caller whose stored data is as much as it may be. Asks the database for nothing: the figure is some seconds old. */
  admitStored(caller: Caller): void {
    const rowsMax = this.limits.limitOf(caller, 'storedRows');
    const bytesMax = this.limits.limitOf(caller, 'storedBytes');
    const isFull = ({ rows, bytes }: StoredFigure) => rows >= rowsMax || bytes >= bytesMax;
    const { rows, bytes } = this.use.read(caller.userId, isFull);
    this.limits.admit(caller, 'storedRows', rows);
    this.limits.admit(caller, 'storedBytes', bytes);
  }

  /** The same for what is stored as it came: its bytes count from now on. */
  admitBody(caller: Caller, bytes: number): void {
    this.admitStored(caller);
    this.use.add(caller.userId, bytes);
  }

  /**
   * Queues a run where fewer than its caller may have are waiting. Those that arrive together count for each other, so that together they
   * stay within the bound.
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
