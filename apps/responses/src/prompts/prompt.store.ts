import { type Caller, firstWithin } from '@antiphon/contracts';
import { pageBytesMax, PromptAuditRow, PromptRow, PromptVersionRow } from '@antiphon/runtime';
import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { emptyContent, type PromptContent } from './content/prompt-content.ts';
import {
  isPromptId,
  type Prompt,
  type PromptAction,
  type PromptChange,
  type PromptVersion,
} from './prompt.ts';

/** Asks for at most `limit` entries of a list, after the entry `after` where it is given. */
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
  /** Part of a name; upper and lower case are the same. */
  name: string | null;
  tag: string | null;
}

/** Reads prompts from PostgreSQL. A prompt of another user is unknown. */
@Injectable()
export class PromptStore {
  constructor(private readonly dataSource: DataSource) {}

  async find(caller: Caller, id: string): Promise<Prompt | null> {
    if (!isPromptId(id)) return null;
    return this.dataSource.manager.findOneBy(PromptRow, { userId: caller.userId, id });
  }

  /** A prompt with one of its versions; with the default where `version` is null. */
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
      // Two values and not a pair of a subquery, so that the index of prompts by time begins there.
      query.andWhere(
        `(prompt.createdAt, prompt.id) ${page.order === 'asc' ? '>' : '<'}
           ((select created_at from responses.prompts where user_id = :userId and id = :after), :after)`,
        { after: page.after },
      );
    }
    const direction = page.order === 'asc' ? 'ASC' : 'DESC';
    query.orderBy('prompt.createdAt', direction).addOrderBy('prompt.id', direction);
    return pageOf(await query.limit(page.limit + 1).getMany(), page);
  }

  /** A page of a prompt's versions. It ends before its limit where the next version would exceed the bytes of a page. */
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

  /** A page of a prompt's audit trail, which outlives the prompt. */
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
      rows.map((row) => ({ ...row, action: row.action as PromptAction })), // the table has no others
      page,
    );
  }
}

/** A stored version. Fields that are newer than it have their default. */
export function toVersion(row: PromptVersionRow): PromptVersion {
  const { version, variables, note, createdAt, archivedAt } = row;
  const content: PromptContent = { ...emptyContent, ...(row.content as PromptContent) }; // stored by insertVersion
  return { version, content, variables, note, createdAt, archivedAt };
}

/** A page of entries that were read with one more than it shows. */
function pageOf<Entry>(entries: Entry[], { limit }: PageQuery): Page<Entry> {
  return { entries: entries.slice(0, limit), hasMore: entries.length > limit };
}
