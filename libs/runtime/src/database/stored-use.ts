import { LRUCache } from 'lru-cache';
import type { DataSource } from 'typeorm';
import { queryOn } from './raw-sql.ts';

/** The number of a user's records, and their bytes as the database stores them (compressed). */
export interface StoredFigure {
  rows: number;
  bytes: number;
}

/** A count is due after this process stored this much. A user who stores less is never counted. */
const recountRows = 16;
const recountBytes = 1_048_576;
/** The least time between two counts of a user, or a hundred times the duration of the last count, if that is longer. */
const ageMinMs = 5_000;
const costFactor = 100;
const usersMax = 10_000;

interface Known {
  counted: StoredFigure;
  /** Stored by this process between the last count and the one under way, uncompressed. */
  addedBefore: StoredFigure;
  /** Stored by this process since then. */
  added: StoredFigure;
  nextCountMs: number;
  counting: Promise<void> | null;
}

/**
 * How much each user has stored, without a query in the request: this process adds up its own inserts, and counts the rows in the background
 * once they may matter. A figure lacks the last seconds of other processes and, for a user new to this process, everything before its first
 * megabyte. Event logs are not counted: they are removed within a day.
 */
export class StoredUse {
  private readonly users = new LRUCache<string, Known>({ max: usersMax });

  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Adds a row that was just stored, with its bytes of JSON. */
  add(userId: string, bytes: number): void {
    const { added } = this.knownOf(userId);
    added.rows += 1;
    added.bytes += bytes;
  }

  /** The figure as far as it is known. `isFull` says whether it exceeds a limit: then it is counted again, because records may have been deleted. */
  read(userId: string, isFull: (figure: StoredFigure) => boolean): StoredFigure {
    const known = this.knownOf(userId);
    const { counted, addedBefore, added } = known;
    const figure = sumOf(sumOf(counted, addedBefore), added);
    const isDue = added.rows >= recountRows || added.bytes >= recountBytes || isFull(figure);
    if (isDue && known.counting === null && this.now() >= known.nextCountMs)
      known.counting = this.count(userId, known);
    return figure;
  }

  /** Resolves when the count of this user under way, if any, is done. */
  async settled(userId: string): Promise<void> {
    await this.users.get(userId)?.counting;
  }

  /** Rows stored during a count may be in it or not: they are added to it until the next count. */
  private async count(userId: string, known: Known): Promise<void> {
    const startedMs = this.now();
    known.addedBefore = known.added;
    known.added = nothing();
    try {
      const [row] = await queryOn(this.dataSource)<{ rows: string; bytes: string }>(countSql, [userId]);
      known.counted = { rows: Number(row?.rows), bytes: Number(row?.bytes) };
    } catch {
      // The old figure stays until the next count.
      known.added = sumOf(known.addedBefore, known.added);
    }
    known.addedBefore = nothing();
    known.counting = null;
    known.nextCountMs = this.now() + Math.max(ageMinMs, costFactor * (this.now() - startedMs));
  }

  private knownOf(userId: string): Known {
    let known = this.users.get(userId);
    if (!known) {
      known = {
        counted: nothing(),
        addedBefore: nothing(),
        added: nothing(),
        nextCountMs: -Infinity,
        counting: null,
      };
      this.users.set(userId, known);
    }
    return known;
  }
}

function nothing(): StoredFigure {
  return { rows: 0, bytes: 0 };
}

function sumOf(one: StoredFigure, other: StoredFigure): StoredFigure {
  return { rows: one.rows + other.rows, bytes: one.bytes + other.bytes };
}

/** `pg_column_size` does not fetch values that are stored out of line. */
const countSql = `
  select count(*) as rows, coalesce(sum(bytes), 0) as bytes from (
    select pg_column_size(body) as bytes from responses.responses where user_id = $1
    union all
    select pg_column_size(item) from responses.conversation_items where user_id = $1
    union all
    select pg_column_size(content) + pg_column_size(variables) from responses.prompt_versions where user_id = $1
    union all
    select pg_column_size(metadata) from responses.conversations where user_id = $1
  ) stored`;
