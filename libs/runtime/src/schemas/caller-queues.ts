import { AppError, type Caller } from '@antiphon/contracts';
import pLimit, { type LimitFunction } from 'p-limit';

const retryAfterMs = 1_000;

/** Runs one task of each caller at a time. A bounded number of further tasks of the caller wait. */
export class CallerQueues {
  private readonly queues = new Map<string, { enqueue: LimitFunction; count: number }>();

  constructor(private readonly waitingMax: number) {}

  /** Throws `rate_limited` where too many tasks of the caller wait already. */
  async run<Result>({ userId }: Caller, task: () => Promise<Result>): Promise<Result> {
    const queue = this.queues.get(userId) ?? { enqueue: pLimit(1), count: 0 };
    if (queue.count > this.waitingMax)
      throw new AppError('rate_limited', 'Too many of your schema checks are waiting. Try again soon.', {
        retryAfterMs,
      });
    queue.count++;
    this.queues.set(userId, queue);
    try {
      return await queue.enqueue(task);
    } finally {
      if (--queue.count === 0) this.queues.delete(userId);
    }
  }
}
