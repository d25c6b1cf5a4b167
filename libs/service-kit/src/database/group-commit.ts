import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '@antiphon/contracts';

interface Waiting<Row, Result> {
  row: Row;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Group commit: writes that arrive while one is under way are written together, as one statement. A single write does not wait; under
 * load many writes share the cost of one. Each caller is answered after the commit of its row. With `gatherMs` the first row waits for others: for
 * writes that may be late.
 */
export class GroupCommit<Row, Result = void> {
  private waiting: Waiting<Row, Result>[] = [];
  private isWriting = false;

  /** `write` stores all rows in one statement and returns their results in the same order. */
  constructor(
    private readonly write: (rows: readonly Row[]) => Promise<readonly Result[]>,
    private readonly options: { rowsMax: number; gatherMs?: number },
  ) {}

  add(row: Row): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ row, resolve, reject });
      if (!this.isWriting) void this.writeAll();
    });
  }

  private async writeAll(): Promise<void> {
    const { rowsMax, gatherMs = 0 } = this.options;
    this.isWriting = true;
    while (this.waiting.length > 0) {
      if (gatherMs > 0 && this.waiting.length < rowsMax) await delay(gatherMs);
      await this.writeGroup(this.waiting.splice(0, rowsMax));
    }
    this.isWriting = false;
  }

  /**
   * A refused group is written row by row, so that one bad row fails no other. While the database is away each row would wait for it in
   * turn, and rows committed without an answer would be written twice, so all fail at once.
   */
  private async writeGroup(group: Waiting<Row, Result>[]): Promise<void> {
    try {
      const results = await this.write(group.map((entry) => entry.row));
      group.forEach((entry, i) => entry.resolve(results[i] as Result)); // `write` returns one result for each row
    } catch (error) {
      const [first] = group;
      if (group.length === 1) return first?.reject(error);
      if (AppError.from(error).code === 'unavailable') return group.forEach((entry) => entry.reject(error));
      for (const entry of group) await this.writeGroup([entry]);
    }
  }
}
