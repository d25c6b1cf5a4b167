import {
  AppError,
  type Caller,
  firstWithin,
  type JsonObject,
  newEvent,
  promptPublished,
} from '@antiphon/contracts';
import { pageBytesMax, PromptAuditRow, PromptRow, PromptVersionRow } from '@antiphon/runtime';
import { writeEvents } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, In } from 'typeorm';
import { emptyContent, type PromptContent } from './content/prompt-content.ts';
import {
  type CheckedContent,
  isPromptId,
  type Prompt,
  type PromptAction,
  type PromptChange,
  type PromptLabels,
  type PromptVersion,
} from './prompt.ts';

/** Nest's token for the bounds. */
export const PROMPT_BOUNDS = Symbol('prompt bounds');

export interface PromptBounds {
  promptsMax: number;
  versionsMax: number;
}

/** A page of a list: what comes after an entry, so many of them. */
export interface PageQuery {
  after: string | null;
  limit: number;
  order: 'asc' | 'desc';
}

export interface Page<Entry> {
  entries: Entry[];
  hasMore: boolean;
}

export interface PromptFilter {
  /** Part of a name, in whatever case. */
  name: string | null;
  tag: string | null;
}

/** Which revisions the caller takes the prompt for; null: any. */
export type IfMatch = readonly number[] | null;

/** What a change does to a prompt under its lock. */
export interface PromptUpdate {
  action: PromptAction;
  fields?: Partial<Pick<PromptRow, 'name' | 'description' | 'tags' | 'defaultVersion'>>;
  newVersion?: CheckedContent & { note: string | null; isDefault: boolean };
  archivedVersion?: number;
  details?: JsonObject;
}

/** PostgreSQL's code for a key that is there already. */
const uniqueViolation = '23505';

/** Prompts in PostgreSQL. Each change is one transaction with its entry in the audit trail. */
@Injectable()
export class PromptStore {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(PROMPT_BOUNDS) private readonly bounds: PromptBounds,
  ) {}

  /** Stores a new prompt with its first version, which is the default. Errors: `conflict` for an id that is taken, or too many prompts. */
  async create(
    caller: Caller,
    {
      id,
      labels,
      version,
      action,
      details,
    }: {
      id: string;
      labels: PromptLabels;
      version: CheckedContent & { note: string | null };
      action: PromptAction;
      details: JsonObject;
    },
  ): Promise<void> {
    const { userId } = caller;
    await this.dataSource.transaction(async (db) => {
      const count = await db.countBy(PromptRow, { userId });
      if (count >= this.bounds.promptsMax)
        throw new AppError(
          'conflict',
          `There are ${count} prompts, as many as one may have: delete one first.`,
        );
      try {
        await db.insert(PromptRow, {
          userId,
          id,
          ...labels,
          defaultVersion: 1,
          latestVersion: 1,
          revision: 1,
        });
      } catch (cause) {
        if (!isTaken(cause)) throw cause;
        throw new AppError('conflict', `There is a prompt ${id} already.`, { param: 'id', cause });
      }
      await insertVersion(db, caller, { id, version: 1, ...version });
      await audit(db, caller, { id, action, version: 1, details });
    });
  }

  async find(caller: Caller, id: string): Promise<Prompt | null> {
    if (!isPromptId(id)) return null;
    return this.dataSource.manager.findOneBy(PromptRow, { userId: caller.userId, id });
  }

  /** A prompt with one of its versions, the default where none is named. */
  async findVersion(
    caller: Caller,
    id: string,
    version: number | null,
  ): Promise<{ prompt: Prompt; version: PromptVersion } | null> {
    const { userId } = caller;
    const prompt = await this.find(caller, id);
    if (!prompt) return null;
    const key = { userId, promptId: id, version: version ?? prompt.defaultVersion };
    const row = await this.dataSource.manager.findOneBy(PromptVersionRow, key);
    return row && { prompt, version: toVersion(row) };
  }

  async list(caller: Caller, { name, tag }: PromptFilter, page: PageQuery): Promise<Page<Prompt>> {
    const query = this.dataSource.manager
      .createQueryBuilder(PromptRow, 'prompt')
      .where('prompt.userId = :userId', { userId: caller.userId });
    if (name !== null) query.andWhere('strpos(lower(prompt.name), lower(:name)) > 0', { name });
    if (tag !== null) query.andWhere(':tag = any(prompt.tags)', { tag });
    if (page.after !== null) {
      query.andWhere(
        `(prompt.createdAt, prompt.id) ${page.order === 'asc' ? '>' : '<'}
           (select created_at, id from responses.prompts where user_id = :userId and id = :after)`,
        { after: page.after },
      );
    }
    const direction = page.order === 'asc' ? 'ASC' : 'DESC';
    query.orderBy('prompt.createdAt', direction).addOrderBy('prompt.id', direction);
    return pageOf(await query.limit(page.limit + 1).getMany(), page);
  }

  /** A page of a prompt's versions. It ends before its limit where the next one would bring it over the bytes of a page. */
  async versions(caller: Caller, id: string, page: PageQuery): Promise<Page<PromptVersion>> {
    const order = page.order === 'asc' ? 'ASC' : 'DESC';
    const query = this.dataSource.manager
      .createQueryBuilder(PromptVersionRow, 'version')
      .select('version.version', 'version')
      .addSelect('octet_length(version.content::text)', 'bytes')
      .where('version.userId = :userId and version.promptId = :id', { userId: caller.userId, id })
      .orderBy('version.version', order);
    if (page.after !== null)
      query.andWhere(`version.version ${page.order === 'asc' ? '>' : '<'} :after`, {
        after: Number(page.after),
      });
    const found = await query.limit(page.limit + 1).getRawMany<{ version: number; bytes: number }>();
    const shown = firstWithin(found.slice(0, page.limit), pageBytesMax, ({ bytes }) => bytes);
    const rows = await this.dataSource.manager.find(PromptVersionRow, {
      where: { userId: caller.userId, promptId: id, version: In(shown.map(({ version }) => version)) },
      order: { version: order },
    });
    return { entries: rows.map(toVersion), hasMore: found.length > shown.length };
  }

  /** What was done to a prompt, also after it was deleted. */
  async audit(caller: Caller, id: string, page: PageQuery): Promise<Page<PromptChange>> {
    if (!isPromptId(id)) return { entries: [], hasMore: false };
    const query = this.dataSource.manager
      .createQueryBuilder(PromptAuditRow, 'entry')
      .where('entry.userId = :userId and entry.promptId = :id', { userId: caller.userId, id })
      .orderBy('entry.id', page.order === 'asc' ? 'ASC' : 'DESC');
    if (page.after !== null)
      query.andWhere(`entry.id ${page.order === 'asc' ? '>' : '<'} :after`, { after: page.after });
    const rows = await query.limit(page.limit + 1).getMany();
    return pageOf(
      rows.map((row) => ({ ...row, action: row.action as PromptAction })), // only those were written
      page,
    );
  }

  /**
   * Changes a prompt as `decide` says, who sees it under its lock. Null: there is none. Errors: `precondition_failed` where it is not one
   * of the revisions that the caller takes it for, and what `decide` throws.
   */
  async change(
    caller: Caller,
    id: string,
    ifMatch: IfMatch,
    decide: (prompt: Prompt, db: EntityManager) => PromptUpdate | Promise<PromptUpdate>,
  ): Promise<Prompt | null> {
    const { userId } = caller;
    return this.dataSource.transaction(async (db) => {
      const prompt = await lock(db, caller, id, ifMatch);
      if (!prompt) return null;
      const { action, fields, newVersion, archivedVersion, details } = await decide(prompt, db);
      const latestVersion = prompt.latestVersion + (newVersion ? 1 : 0);
      if (newVersion) {
        if (latestVersion > this.bounds.versionsMax)
          throw new AppError(
            'conflict',
            `A prompt may have ${this.bounds.versionsMax} versions: copy it to go on.`,
          );
        await insertVersion(db, caller, { id, version: latestVersion, ...newVersion });
      }
      if (archivedVersion !== undefined) {
        const key = { userId, promptId: id, version: archivedVersion };
        await db.update(PromptVersionRow, key, { archivedAt: () => 'clock_timestamp()' });
      }
      const changed = {
        ...fields,
        latestVersion,
        ...(newVersion?.isDefault && { defaultVersion: latestVersion }),
        revision: prompt.revision + 1,
      };
      await db.update(PromptRow, { userId, id }, { ...changed, updatedAt: () => 'clock_timestamp()' });
      const version = newVersion ? latestVersion : (archivedVersion ?? fields?.defaultVersion ?? null);
      await audit(db, caller, { id, action, version, details: details ?? {} });
      return db.findOneBy(PromptRow, { userId, id });
    });
  }

  /** Whether there was one to remove. Errors: as `change`. */
  async remove(caller: Caller, id: string, ifMatch: IfMatch): Promise<boolean> {
    return this.dataSource.transaction(async (db) => {
      const prompt = await lock(db, caller, id, ifMatch);
      if (!prompt) return false;
      await db.delete(PromptRow, { userId: caller.userId, id });
      const details = { name: prompt.name, versions: prompt.latestVersion };
      await audit(db, caller, { id, action: 'deleted', version: null, details });
      return true;
    });
  }

  /** A version as it is under the prompt's lock. */
  async versionIn(
    db: EntityManager,
    caller: Caller,
    id: string,
    version: number,
  ): Promise<PromptVersion | null> {
    const row = await db.findOneBy(PromptVersionRow, { userId: caller.userId, promptId: id, version });
    return row && toVersion(row);
  }
}

async function lock(
  db: EntityManager,
  caller: Caller,
  id: string,
  ifMatch: IfMatch,
): Promise<PromptRow | null> {
  if (!isPromptId(id)) return null;
  const prompt = await db.findOne(PromptRow, {
    where: { userId: caller.userId, id },
    lock: { mode: 'pessimistic_write' },
  });
  if (prompt && ifMatch && !ifMatch.includes(prompt.revision)) {
    throw new AppError(
      'precondition_failed',
      `The prompt ${id} was changed since: its ETag is "${prompt.revision}". Read it again.`,
      { param: 'If-Match' },
    );
  }
  return prompt;
}

async function insertVersion(
  db: EntityManager,
  { userId, tenantId }: Caller,
  {
    id,
    version,
    content,
    variables,
    note,
  }: CheckedContent & { id: string; version: number; note: string | null },
): Promise<void> {
  const row = { userId, promptId: id, version, variables, note, archivedAt: null };
  // TypeORM's type of a row to insert has no end where the row holds JSON.
  await db.insert(PromptVersionRow, { ...row, content } as object);
  const published = { promptId: id, version: String(version), userId, tenantId };
  await writeEvents(db, 'responses', [newEvent(promptPublished, published)]);
}

async function audit(
  db: EntityManager,
  caller: Caller,
  { id, ...entry }: { id: string; action: PromptAction; version: number | null; details: JsonObject },
): Promise<void> {
  const { userId, kind } = caller;
  const row = { userId, promptId: id, ...entry, actorId: userId, actorKind: kind };
  await db.insert(PromptAuditRow, row as object);
}

/** Fields that came later have their default in versions that were stored before. */
function toVersion(row: PromptVersionRow): PromptVersion {
  const { version, variables, note, createdAt, archivedAt } = row;
  const content: PromptContent = { ...emptyContent, ...(row.content as PromptContent) }; // stored by insertVersion
  return { version, content, variables, note, createdAt, archivedAt };
}

/** One entry more than the page was read, to know whether there is one. */
function pageOf<Entry>(entries: Entry[], { limit }: PageQuery): Page<Entry> {
  return { entries: entries.slice(0, limit), hasMore: entries.length > limit };
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === uniqueViolation;
}
