import { LRUCache } from 'lru-cache';
import type { DataSource } from 'typeorm';
import { queryOn } from './raw-sql.ts';

/** What a user's records take: their number, and their bytes as the database keeps them (compressed). */
export interface StoredFigure {
  rows: number;
  bytes: number;
}

/** After so much was stored here, the figure is counted anew. A user who stores little is never counted. */
const recountRows = 16;
const recountBytes = 1_048_576;
/** The least age of a figure that is counted anew; where counting takes longer than a hundredth of it, a hundred times as long as that. */
const ageMinMs = 5_000;
const costFactor = 100;
const usersMax = 10_000;

interface Known {
  counted: StoredFigure;
  /** Stored by this process between that and the count that is under way, before any compression. */
  addedBefore: StoredFigure;
  /** Stored by this process since. */
  added: StoredFigure;
  nextCountMs: number;
  counting: Promise<void> | null;
}

/**
 * What each user has stored, without a question to the database on the way: what this process stores is added up here, and the whole is
 * counted in the background once that is enough to matter. So a figure lacks what other processes stored in the last seconds, and for a
 * user that this process has not seen yet all that came before its first megabyte. Event logs are not counted: they go within a day.
 */
export class StoredUse {
  private readonly users = new LRUCache<string, Known>({ max: usersMax });

  constructor(
    private readonly dataSource: DataSource,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Adds what was just stored. */
  add(userId: string, bytes: number): void {
    const { added } = this.knownOf(userId);
    added.rows += 1;
    added.bytes += bytes;
  }

  /** The figure as far as it is known. `isFull` says whether it is too much: it is looked at again then, since records may be deleted. */
  read(userId: string, isFull: (figure: StoredFigure) => boolean): StoredFigure {
    const known = this.knownOf(userId);
    const { counted, addedBefore, added } = known;
    const figure = sumOf(sumOf(counted, addedBefore), added);
    const isDue = added.rows >= recountRows || added.bytes >= recountBytes || isFull(figure);
    if (isDue && known.counting === null && this.now() >= known.nextCountMs)
      known.counting = this.count(userId, known);
    return figure;
  }

  /** Resolves when the count of this user that is under way is done. */
  async settled(userId: string): Promise<void> {
    await this.users.get(userId)?.counting;
  }

  /** What is stored while the rows are counted may be among them or not: it counts on top until the next time. */
  private async count(userId: string, known: Known): Promise<void> {
    const startedMs = this.now();
    known.addedBefore = known.added;
    known.added = nothing();
    try {
      const [row] = await queryOn(this.dataSource)<{ rows: string; bytes: string }>(countSql, [userId]);
      known.counted = { rows: Number(row?.rows), bytes: Number(row?.bytes) };
    } catch {
      // The old figure holds; the next try comes when it is due.
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

/** Sizes are read from the rows' own entries: a value that lies out of line is not fetched. */
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
