import { AppError, type Caller, firstWithin } from '@antiphon/contracts';
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

/** How many prompts a list compares with its filter. By default a caller has fewer. */
const comparedMax = 5_000;

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

  /**
   * A page of the caller's prompts. A filter is compared with the next `comparedMax` prompts: a page that is not full by then has more. Throws
   * `invalid_request` where none of them matches and there are further ones.
   */
  async list(caller: Caller, filter: PromptFilter, page: PageQuery): Promise<Page<Prompt>> {
    if (filter.name !== null || filter.tag !== null) return this.listFiltered(caller, filter, page);
    const { userId } = caller;
    const query = this.dataSource.manager
      .createQueryBuilder(PromptRow, 'prompt')
      .where('prompt.userId = :userId', { userId });
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

  private async listFiltered(
    { userId }: Caller,
    { name, tag }: PromptFilter,
    { after, limit, order }: PageQuery,
  ): Promise<Page<Prompt>> {
    const byTime = `created_at ${order}, id ${order}`;
    const sign = order === 'asc' ? '>' : '<';
    const place = '((select created_at from responses.prompts where user_id = $1 and id = $2), $2)';
    const isLater = after === null ? '$2::text is null' : `(created_at, id) ${sign} ${place}`;
    const rows = await this.dataSource.query<{ found: number; ids: string[] }[]>(
      `with next as materialized (
         select id, name, tags, row_number() over (order by ${byTime}) as place
           from responses.prompts
          where user_id = $1 and ${isLater}
          order by ${byTime} limit $3::int + 1)
       select (select count(*)::int from next) as found,
              array(select id from next
                     where place <= $3 and ($4::text is null or strpos(lower(name), lower($4)) > 0)
                       and ($5::text is null or $5 = any(tags))
                     order by place limit $6::int + 1) as ids`,
      [userId, after, comparedMax, name, tag, limit],
    );
    const { found = 0, ids = [] } = rows[0] ?? {};
    const areAllCompared = found <= comparedMax;
    if (ids.length === 0 && !areAllCompared)
      throw new AppError(
        'invalid_request',
        `None of the next ${comparedMax} prompts matches, and a list compares no more at a time. List without a filter, or after a later prompt.`,
      );
    const entries = await this.dataSource.manager.find(PromptRow, {
      where: { userId, id: In(ids.slice(0, limit)) },
      order: { createdAt: order, id: order },
    });
    return { entries, hasMore: ids.length > limit || !areAllCompared };
  }

  /** A page of a prompt's audit trail, which outlives the prompt. */
  async audit(caller: Caller, id: string, page: PageQuery): Promise<Page<PromptChange>> {
    if (!isPromptId(id)) return { entries: [], hasMore: false };
    const order = page.order === 'asc' ? 'ASC' : 'DESC';
    const query = this.dataSource.manager
      .createQueryBuilder(PromptAuditRow, 'entry')
      // Two bounds instead of an equality: the prompt then belongs to the order, which only its index has.
      .where('entry.userId = :userId and entry.promptId >= :id and entry.promptId <= :id', {
        userId: caller.userId,
        id,
      })
      .orderBy('entry.promptId', order)
      .addOrderBy('entry.id', order);
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
