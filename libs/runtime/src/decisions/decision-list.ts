import { AppError, type DecisionRecord, type DialectName, firstIdAt, isId } from '@antiphon/contracts';
import { comparedTenant, ownerColumn, type Owners } from '../database/owners.ts';
import type { Query } from '../database/raw-sql.ts';

/** A filter over decisions about approvals, and the page size. A field that is null or left out does not filter. */
export interface DecisionFilter {
  tool: string | null;
  /** The dialect of the response's create. */
  dialect?: DialectName;
  /** The model made the call at this time or later, in milliseconds since the epoch. */
  madeFromMs?: number;
  /** The model made the call before this time, in milliseconds since the epoch. */
  madeBeforeMs?: number;
  /** The item of a decided call: the page begins after it. */
  after: string | null;
  limit: number;
}

export interface DecisionPage {
  records: DecisionRecord[];
  hasMore: boolean;
}

/** How many decisions are compared with filters that have no index. */
const comparedMax = 5_000;

const columns = `d.user_id, d.decided_by, d.response_id, d.call_id, d.item_id, d.tool_name, d.action,
  d.proposed_arguments, d.run_arguments, d.message, d.decided_at`;

interface RawDecision {
  user_id: string;
  decided_by: string | null;
  response_id: string;
  call_id: string;
  item_id: string | null;
  tool_name: string;
  action: DecisionRecord['action'];
  proposed_arguments: string;
  run_arguments: string | null;
  message: string | null;
  decided_at: Date;
}

/**
 * A page of decisions about approvals of the owners' responses, newest first. Null: `after` is none of them. It is read in the order of the list, from
 * the index of the owner or of the tool; further filters are compared with a bounded number of rows. Errors: `invalid_request` where none of these
 * matches and more follow.
 */
export async function listDecisions(
  query: Query,
  owners: Owners,
  filter: DecisionFilter,
): Promise<DecisionPage | null> {
  const after =
    filter.after === null ? { at: 'infinity', id: '' } : await placeOf(query, owners, filter.after);
  if (!after) return null;
  const { column, value } = ownerColumn(owners);
  const values: unknown[] = [value, after.at, after.id];
  const place = (given: unknown) => `$${values.push(given)}`;
  const inOrder = orderedRows(column, filter.tool === null ? null : place(filter.tool));
  const compared = comparedConditions(owners, filter, place);
  const rowsMax = compared.length === 0 ? filter.limit + 1 : comparedMax;
  const scanned = `select d.* from responses.tool_decisions d where ${inOrder}`;
  const rows = await query<RawDecision>(
    `select ${columns} from (${scanned} limit ${place(rowsMax)}) d
      where ${compared.join(' and ') || 'true'} order by d.decided_at desc, d.id desc limit ${place(filter.limit + 1)}`,
    values,
  );
  const records = rows.slice(0, filter.limit).map(toRecord);
  if (rows.length > filter.limit || compared.length === 0)
    return { records, hasMore: rows.length > filter.limit };
  const driving = values.slice(0, filter.tool === null ? 3 : 4);
  const further = await query(`${scanned} limit 1 offset ${comparedMax}`, driving);
  if (further.length === 0 || records.length > 0) return { records, hasMore: further.length > 0 };
  throw new AppError(
    'invalid_request',
    `None of the next ${comparedMax} decisions matches all filters, and one request compares no more of them. Use a filter that fewer decisions match.`,
  );
}

/** The decisions about the calls of a response of the user, oldest first. */
export async function decisionsOf(
  query: Query,
  { userId }: { userId: string },
  responseId: string,
): Promise<DecisionRecord[]> {
  const rows = await query<RawDecision>(
    `select ${columns} from responses.tool_decisions d
      where d.response_id = $1 and d.user_id = $2 order by d.decided_at, d.id`,
    [responseId, userId],
  );
  return rows.map(toRecord);
}

/** The decision about the call of an item of the owners' responses; null where it is not decided. */
export async function findDecision(
  query: Query,
  owners: Owners,
  itemId: string,
): Promise<DecisionRecord | null> {
  if (!isId('functionCall', itemId)) return null;
  const { column, value } = ownerColumn(owners);
  const [row] = await query<RawDecision>(
    `select ${columns} from responses.tool_decisions d
      where d.item_id = $1 and d.${column} = $2 and ($3::text is null or d.tenant_id = $3)`,
    [itemId, value, comparedTenant(owners)],
  );
  return row ? toRecord(row) : null;
}

/** A call, for the edits that were made before it. */
export interface CallPlace {
  userId: string;
  responseId: string;
  conversationId: string | null;
  itemId: string;
  tool: string;
  /** When it was decided, in milliseconds since the epoch; null: it waits. */
  decidedAt: number | null;
}

/** For each call the last edit of a call of the same tool in its response or conversation; null where there is none. */
export async function earlierEdits(
  query: Query,
  calls: readonly CallPlace[],
): Promise<(DecisionRecord | null)[]> {
  if (calls.length === 0) return [];
  const edit = (condition: string) =>
    `(select * from responses.tool_decisions e
       where ${condition} and e.tool_name = wanted.tool and e.action = 'edit' and e.decided_at < wanted.before
         and e.item_id is distinct from wanted.item_id
       order by e.decided_at desc limit 1)`;
  const rows = await query<RawDecision & { place: number }>(
    `select wanted.place::int, ${columns}
       from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[])
            with ordinality as given(user_id, response_id, conversation_id, item_id, tool, before_ms, place)
      cross join lateral (
        select given.*, coalesce(to_timestamp(before_ms / 1000), 'infinity') as before) wanted
      cross join lateral (
        select * from (
          ${edit('e.response_id = wanted.response_id')}
          union all
          ${edit('e.user_id = wanted.user_id and e.conversation_id = wanted.conversation_id')}) edits
        order by decided_at desc limit 1) d`,
    [
      calls.map(({ userId }) => userId),
      calls.map(({ responseId }) => responseId),
      calls.map(({ conversationId }) => conversationId),
      calls.map(({ itemId }) => itemId),
      calls.map(({ tool }) => tool),
      calls.map(({ decidedAt }) => decidedAt),
    ],
  );
  const found = new Map(rows.map((row) => [row.place, toRecord(row)]));
  return calls.map((_call, index) => found.get(index + 1) ?? null);
}

/** Two bounds instead of an equality: the tool then belongs to the order, which only its index has. */
function orderedRows(column: string, tool: string | null): string {
  const owned = `d.${column} = $1 and d.item_id is not null`;
  return tool === null
    ? `${owned} and (d.decided_at, d.id) < ($2::timestamptz, $3) order by d.decided_at desc, d.id desc`
    : `${owned} and (d.tool_name, d.decided_at, d.id) < (${tool}, $2::timestamptz, $3) and d.tool_name >= ${tool}
       order by d.tool_name desc, d.decided_at desc, d.id desc`;
}

/** The id of a call's item has the time at which the model made it. */
function comparedConditions(
  owners: Owners,
  { dialect, madeFromMs: from, madeBeforeMs: before }: DecisionFilter,
  place: (value: unknown) => string,
): string[] {
  const tenant = comparedTenant(owners);
  return [
    ...(tenant === null ? [] : [`d.tenant_id = ${place(tenant)}`]),
    ...(dialect === undefined ? [] : [`d.dialect = ${place(dialect)}`]),
    ...(from === undefined ? [] : [`d.item_id collate "C" >= ${place(firstIdAt('functionCall', from))}`]),
    ...(before === undefined ? [] : [`d.item_id collate "C" < ${place(firstIdAt('functionCall', before))}`]),
  ];
}

async function placeOf(
  query: Query,
  owners: Owners,
  itemId: string,
): Promise<{ at: string; id: string } | undefined> {
  if (!isId('functionCall', itemId)) return undefined;
  const { column, value } = ownerColumn(owners);
  // As text: a Date has no microseconds.
  const [place] = await query<{ at: string; id: string }>(
    `select decided_at::text as at, id from responses.tool_decisions where item_id = $1 and ${column} = $2`,
    [itemId, value],
  );
  return place;
}

function toRecord(row: RawDecision): DecisionRecord {
  return {
    userId: row.decided_by ?? row.user_id,
    responseId: row.response_id,
    callId: row.call_id,
    itemId: row.item_id,
    toolName: row.tool_name,
    action: row.action,
    proposedArguments: row.proposed_arguments,
    runArguments: row.run_arguments,
    message: row.message,
    decidedAt: row.decided_at.getTime(),
  };
}
