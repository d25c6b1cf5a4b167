import { AppError, type Response, type ResponseFilter } from '@antiphon/contracts';
import { ownerColumn, type Owners } from '../database/owners.ts';
import type { Query } from '../database/raw-sql.ts';
import { type ListedRow, ListSql, type ListPlace } from './response-list-sql.ts';
import { fromRaw } from './response-row.ts';

export interface ListLimits {
  /** Where a page ends, in bytes of the rows that it reads. */
  bytesMax: number;
  /** How many responses are compared with filters that have no index in the order of the list. */
  comparedMax: number;
  /** How many of them are compared before the indexes without an order are used. */
  comparedFirstMax: number;
}

/** Comparing 5,000 rows takes less than a tenth of a second once they are in memory. */
export const comparedLimits = { comparedMax: 5_000, comparedFirstMax: 500 };

export interface ResponsePage {
  responses: Response[];
  /** Whether the list goes on beyond the page: after it, or before it where the page ends `before` a response. */
  hasMore: boolean;
}

/**
 * A page of the owners' responses. It ends before its limit where the next row would exceed `bytesMax`, and has at least one row unless no
 * response is left. Null: `after` or `before` is none of their responses.
 *
 * The page is read in the order of the list, from the index of one filter, and ends as soon as it is full. Further filters are compared row by
 * row, with a bounded number of rows. The indexes of metadata and of called tools have no order: they are used where the first rows do not fill
 * the page, and their bound is the number of responses that match. So a list costs the same however many responses its caller has. Errors:
 * `invalid_request` where neither way reaches a response, or the end, within its bound.
 */
export async function listResponses(
  query: Query,
  owners: Owners,
  { before, ...filter }: ResponseFilter,
  limits: ListLimits,
): Promise<ResponsePage | null> {
  if (before === undefined) return listForward(query, owners, filter, limits);
  const order = filter.order === 'asc' ? 'desc' : 'asc';
  const page = await listForward(query, owners, { ...filter, order, after: before }, limits);
  return page && { ...page, responses: page.responses.toReversed() };
}

async function listForward(
  query: Query,
  owners: Owners,
  filter: ResponseFilter,
  { bytesMax, comparedMax, comparedFirstMax }: ListLimits,
): Promise<ResponsePage | null> {
  const after = filter.after === null ? null : await placeOf(query, owners, filter.after);
  if (after === undefined) return null;
  const list = new ListSql(owners, filter, after, bytesMax);

  const inOrder = async (rowsMax: number) => {
    const page = pageOf(await query<ListedRow>(...list.inOrder(rowsMax)), filter.limit);
    const isWhole = page.hasMore || !list.isCompared || !(await goesOn(query, list, rowsMax));
    return { page, isWhole };
  };

  if (list.hasContent) {
    const first = await inOrder(comparedFirstMax);
    if (first.isWhole) return first.page;
    const rows = await query<ListedRow>(...list.byContent(comparedMax));
    if (Number(rows[0]?.matches) <= comparedMax) return pageOf(rows, filter.limit);
  }
  const { page, isWhole } = await inOrder(comparedMax);
  if (isWhole) return page;
  if (page.responses.length > 0) return { ...page, hasMore: true };
  throw new AppError(
    'invalid_request',
    `None of the next ${comparedMax} responses matches all filters, and one request compares no more of them. Use a filter that fewer responses match.`,
  );
}

/** The place of a response in the list. Undefined: the owners have no such response. */
async function placeOf(query: Query, owners: Owners, id: string): Promise<ListPlace | undefined> {
  const { column, value } = ownerColumn(owners);
  // As text: a Date has no microseconds.
  const [place] = await query<ListPlace>(
    `select created_at::text as "createdAt", id from responses.responses where ${column} = $1 and id = $2`,
    [value, id],
  );
  return place;
}

/** Whether the list has more rows to compare than `rowsMax`. */
async function goesOn(query: Query, list: ListSql, rowsMax: number): Promise<boolean> {
  return (await query(...list.beyond(rowsMax))).length > 0;
}

function pageOf(rows: readonly ListedRow[], limit: number): ResponsePage {
  const found = rows.filter(({ id }) => id !== null);
  const shown = found.slice(0, limit);
  return { responses: shown.map(fromRaw), hasMore: (found[0]?.found ?? 0) > shown.length };
}
