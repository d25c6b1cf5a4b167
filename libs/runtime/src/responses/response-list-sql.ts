import { firstIdAt, type ResponseFilter } from '@antiphon/contracts';
import { comparedTenant, ownerColumn, type Owners } from '../database/owners.ts';
import { columnsOf, type RawRow, shortColumnsOf } from './response-row.ts';

/** The place of a row in a list of responses: the time as PostgreSQL writes it, and the id. */
export interface ListPlace {
  createdAt: string;
  id: string;
}

/** A row of a page. A page without rows has one row without an id. */
export interface ListedRow extends RawRow {
  /** The rows found, one more than the limit at most; the page may end earlier, at its bytes. */
  found: number;
  /** PostgreSQL's bigint as text: the responses that match the content, one more than the bound at most. Null: they were not counted. */
  matches: string | null;
}

type Statement = [sql: string, values: unknown[]];

/** Places a value among the parameters of a statement, and returns its `$n`. */
type Place = (value: unknown) => string;
/** A condition on rows of `responses r`. */
type Condition = (place: Place) => string;

/** The rows of one range of an index whose columns are the user, `column`, the time and the id. */
interface Range {
  /** An expression over `responses r`. */
  column: string;
  value: string;
  /** A condition on the rows of the range, where the column is less than the whole value. */
  rest?: Condition;
}

/** A bound on the time of creation, in milliseconds since the epoch. */
interface TimeBound {
  sign: '>=' | '<';
  ms: number;
}

/** A filter over the content of a response, which has an index of its own without the order of the list. */
interface ContentFilter {
  /** On the rows of the caller, in the words of the index. */
  indexed: Condition;
  /** On a row that was read in order. */
  compared: Condition;
}

/** As in the index `responses_by_key`. Empty: without a key. */
const keyOfCreate = `coalesce(r.body #>> '{rights,keyId}', '')`;
/** As in the index `responses_by_provider`: the provider of `lastAnswered`. Empty: none answered. */
const providerOfAnswer = `coalesce(jsonb_path_query_array(r.body, '$.turns[*] ? (@.outcome == "ok" && @.provider != null).provider') ->> -1, '')`;
/** As in the index `responses_by_user_metadata`. */
const metadataOfUser = `jsonb_set('{}', array[r.user_id], r.body -> 'metadata')`;
const hasMetadata = `r.body -> 'metadata' <> '{}'`;
/** As in the index `responses_by_user_tools`. */
const calledTools = `jsonb_path_query_array(r.body, '$.output[*] ? (@.type == "function_call").name')`;
const toolsOfUser = `jsonb_set('{}', array[r.user_id], ${calledTools})`;
const hasCalls = `r.body @? '$.output[*] ? (@.type == "function_call")'`;
/** As in the index `responses_by_user_text`. */
const metadataWords = `to_tsvector('simple', left((r.body -> 'metadata')::text, 100000))`;
const wordsOfUser = `(array_to_tsvector(array['user:' || r.user_id]) || ${metadataWords})`;
/**
 * Paused responses with a call that waits for approval. In these words it is the condition of the index `responses_waiting_for_approval`, so
 * that rows in other statuses are never looked into.
 */
export const waitsForApproval = `status = 'requires_action' and body @? '$.output[*] ? (@.state == "pending_approval")'`;
/** The characters of a model's name in its index. */
const modelLength = 256;

/**
 * The statements of one list of responses. A statement reads ranges of an index in the order of the list. Each range is written so that no
 * other index has its order: the planner does not know how the rows of one caller differ from those of all.
 */
export class ListSql {
  /** The ranges of the driving filter; they have no row in common. Empty without such a filter. */
  private readonly ranges: readonly Range[];
  /** The filters that are compared with each row. */
  private readonly compared: readonly Condition[];
  private readonly content: readonly ContentFilter[];
  private readonly order: 'asc' | 'desc';

  constructor(
    private readonly owners: Owners,
    private readonly filter: ResponseFilter,
    private readonly after: ListPlace | null,
    private readonly bytesMax: number,
  ) {
    const filters = [
      conversationOf(filter),
      keyOf(filter),
      modelOf(filter),
      statusesOf(filter),
      providerOf(filter),
      dialectOf(filter),
    ].filter((alternatives) => alternatives.length > 0);
    // Waiting calls have an index of their own, without a column to be equal to.
    const [ranges = [], ...others] = filter.waitingCall ? [[], ...filters] : filters;
    this.ranges = ranges;
    const { value: owner } = ownerColumn(owners);
    this.content = [...metadataOf(owner, filter), ...toolOf(owner, filter), ...textOf(owner, filter)];
    this.compared = [
      ...others.map(anyOf),
      ...this.content.map(({ compared }) => compared),
      ...tenantOf(owners),
      ...waitingCallOf(filter),
    ];
    this.order = filter.order;
  }

  /** Whether filters have an index without the order of the list. These indexes are those of users. */
  get hasContent(): boolean {
    return 'userId' in this.owners && this.content.length > 0;
  }

  /** Whether the ranges leave filters to compare. */
  get isCompared(): boolean {
    return this.compared.length > 0;
  }

  /** A page read in order, of which at most `rowsMax` rows of each range are compared. */
  inOrder(rowsMax: number): Statement {
    const values: unknown[] = [];
    const place = placeIn(values);
    const count = this.filter.limit + 1;
    const parts = this.scans(place).map(({ where, order }) => {
      const rows = `select r.* from responses.responses r where ${where} order by ${order}`;
      if (!this.isCompared) return `(${rows} limit ${place(count)})`;
      return `(select r.* from (${rows} limit ${place(rowsMax)}) r
                where ${all(this.compared, place)} order by ${order} limit ${place(count)})`;
    });
    return [this.page(`(${parts.join(' union all ')}) r`, place), values];
  }

  /** A row beyond the first `rowsMax` of each range, where there is one. */
  beyond(rowsMax: number): Statement {
    const values: unknown[] = [];
    const place = placeIn(values);
    const rows = this.scans(place).map(
      ({ where, order }) =>
        `(select 1 from responses.responses r where ${where} order by ${order} limit 1 offset ${place(rowsMax)})`,
    );
    return [`select from (${rows.join(' union all ')}) further limit 1`, values];
  }

  /** A page of the caller's responses with the content that the filters want, if these are at most `matchesMax`. */
  byContent(matchesMax: number): Statement {
    const values: unknown[] = [];
    const place = placeIn(values);
    const { after } = this;
    const owned = `${all(
      this.content.map(({ indexed }) => indexed),
      place,
    )} and r.user_id = ${place(ownerColumn(this.owners).value)}`;
    const later = after ? `and (r.created_at, r.id) ${this.beyondSign} ${placeOf(after, place)}` : '';
    const rest = [...(this.ranges.length > 0 ? [anyOf(this.ranges)] : []), ...this.compared, ...this.times()];
    const matching = `matching as materialized (
       select r.* from responses.responses r where ${owned} ${later} limit ${place(matchesMax + 1)}),`;
    const counted = '(select count(*) from matching)';
    return [
      this.page(`matching r where ${all(rest, place)}`, place, { before: matching, matches: counted }),
      values,
    ];
  }

  /** One scan for each range, or for all rows of the caller, from the place where the page begins. */
  private scans(place: Place): { where: string; order: string }[] {
    const { after, owners, order } = this;
    const { column: owner, value: ownerId } = ownerColumn(owners);
    const user = `r.${owner} = ${place(ownerId)}`;
    const byTime = `r.created_at ${order}, r.id ${order}`;
    if (this.ranges.length === 0) {
      const later = after ? [`(r.created_at, r.id) ${this.beyondSign} ${placeOf(after, place)}`] : [];
      const waiting = this.filter.waitingCall ? [waitsForApproval] : [];
      const where = [user, ...waiting, ...later, all(this.times(), place)].filter(Boolean).join(' and ');
      return [{ where, order: byTime }];
    }
    const [first, last] = order === 'asc' ? [this.from, this.before] : [this.before, this.from];
    return this.ranges.map(({ column, value, rest }) => {
      const own = place(value);
      // Two bounds instead of an equality: the column then belongs to the order, which only its index has.
      // The bounds on the time are parts of them, so that the scan begins and ends there.
      const bound = (end: TimeBound) =>
        `(${column}, r.created_at) ${end.sign} (${own}, ${timeOf(end, place)})`;
      const from = after
        ? `(${column}, r.created_at, r.id) ${this.beyondSign} ${placeOf(after, place, own)}`
        : first
          ? bound(first)
          : `${column} ${this.beyondSign}= ${own}`;
      const to = last ? bound(last) : `${column} ${order === 'asc' ? '<=' : '>='} ${own}`;
      // A place outside the bounds is a page outside them.
      const within = after && first ? [`r.created_at ${first.sign} ${timeOf(first, place)}`] : [];
      const where = [user, from, to, ...within, ...(rest ? [rest(place)] : [])].join(' and ');
      return { where, order: `${column} ${order}, ${byTime}` };
    });
  }

  private get from(): TimeBound | null {
    const { createdFromMs: ms } = this.filter;
    return ms === undefined ? null : { sign: '>=', ms };
  }

  private get before(): TimeBound | null {
    const { createdBeforeMs: ms } = this.filter;
    return ms === undefined ? null : { sign: '<', ms };
  }

  private times(): Condition[] {
    return [this.from, this.before].flatMap((bound) =>
      bound ? [(place: Place) => `r.created_at ${bound.sign} ${timeOf(bound, place)}`] : [],
    );
  }

  private get beyondSign(): '<' | '>' {
    return this.order === 'asc' ? '>' : '<';
  }

  private page(source: string, place: Place, { before = '', matches = 'null' } = {}): string {
    const byTime = `created_at ${this.order}, id ${this.order}`;
    const { isShort } = this.filter;
    const bytes = isShort ? 'octet_length(body::text)' : 'coalesce(body_bytes, octet_length(body::text))';
    return `with ${before} page as (
       select ${isShort ? shortColumnsOf('r') : columnsOf('r')}, r.created_at, r.body_bytes
         from ${source} order by ${byTime} limit ${place(this.filter.limit + 1)}),
     measured as (
       select page.*, row_number() over place as place, sum(${bytes}) over place as bytes_until,
              count(*) over ()::int as found
         from page window place as (order by ${byTime}))
     select ${columnsOf('shown')}, found, counted.matches
       from (select ${matches}::bigint as matches) counted
       left join (select * from measured where place = 1 or bytes_until <= ${place(this.bytesMax)}) shown on true
      order by place`;
  }
}

function placeIn(values: unknown[]): Place {
  return (value) => `$${values.push(value)}`;
}

function placeOf({ createdAt, id }: ListPlace, place: Place, first?: string): string {
  return `(${first ? `${first}, ` : ''}${place(createdAt)}::timestamptz, ${place(id)})`;
}

function timeOf({ ms }: TimeBound, place: Place): string {
  return `to_timestamp(${place(ms)}::float8 / 1000)`;
}

function all(conditions: readonly Condition[], place: Place): string {
  return conditions.map((condition) => condition(place)).join(' and ');
}

function anyOf(ranges: readonly Range[]): Condition {
  return (place) => {
    const each = ranges.map(({ column, value, rest }) =>
      all([() => `${column} = ${place(value)}`, ...(rest ? [rest] : [])], place),
    );
    return `(${each.join(' or ')})`;
  };
}

function conversationOf({ conversationId }: ResponseFilter): Range[] {
  return conversationId === null ? [] : [{ column: 'r.conversation_id', value: conversationId }];
}

/** The model as the caller named it, or else as the provider did. */
function modelOf({ model }: ResponseFilter): Range[] {
  if (model === null) return [];
  const value = [...model].slice(0, modelLength).join('');
  const named = (field: string, rest: Condition): Range => ({
    column: `left(r.body ->> '${field}', ${modelLength})`,
    value,
    rest,
  });
  return [
    named('model', (place) => `r.body ->> 'model' = ${place(model)}`),
    named('modelUsed', (place) => {
      const name = place(model);
      return `r.body ->> 'modelUsed' = ${name} and r.body ->> 'model' <> ${name}`;
    }),
  ];
}

function statusesOf({ statuses }: ResponseFilter): Range[] {
  return [...new Set(statuses)].map((value) => ({ column: 'r.status', value }));
}

function keyOf({ keyId }: ResponseFilter): Range[] {
  return keyId === undefined ? [] : [{ column: keyOfCreate, value: keyId ?? '' }];
}

function providerOf({ provider }: ResponseFilter): Range[] {
  return provider === undefined ? [] : [{ column: providerOfAnswer, value: provider ?? '' }];
}

function dialectOf({ dialect }: ResponseFilter): Range[] {
  return dialect === undefined ? [] : [{ column: `(r.body ->> 'dialect')`, value: dialect }];
}

function metadataOf(userId: string, { metadata }: ResponseFilter): ContentFilter[] {
  if (Object.keys(metadata).length === 0) return [];
  const wanted = JSON.stringify(metadata);
  return [
    {
      indexed: (place) =>
        `${metadataOfUser} @> jsonb_build_object(${place(userId)}::text, ${place(wanted)}::jsonb) and ${hasMetadata}`,
      compared: (place) => `r.body -> 'metadata' @> ${place(wanted)}::jsonb`,
    },
  ];
}

function toolOf(userId: string, { tool }: ResponseFilter): ContentFilter[] {
  if (tool === undefined) return [];
  return [
    {
      indexed: (place) =>
        `${toolsOfUser} @> jsonb_build_object(${place(userId)}::text, jsonb_build_array(${place(tool)}::text)) and ${hasCalls}`,
      compared: (place) => `${calledTools} @> jsonb_build_array(${place(tool)}::text)`,
    },
  ];
}

/** A text without a word matches no response. */
function textOf(userId: string, { metadataText }: ResponseFilter): ContentFilter[] {
  if (metadataText === undefined) return [];
  const words = (place: Place) =>
    `(nullif(plainto_tsquery('simple', ${place(metadataText)})::text, '') || ':*')::tsquery`;
  const user = `'user:${userId.replaceAll(/['\\]/g, '$&$&')}'`;
  return [
    {
      indexed: (place) => `${wordsOfUser} @@ (${place(user)}::tsquery && ${words(place)}) and ${hasMetadata}`,
      compared: (place) => `${metadataWords} @@ ${words(place)}`,
    },
  ];
}

function tenantOf(owners: Owners): Condition[] {
  const tenant = comparedTenant(owners);
  return tenant === null ? [] : [(place) => `r.tenant_id = ${place(tenant)}`];
}

/** The id of a call's item has the time at which the model made it. */
function waitingCallOf({ waitingCall }: ResponseFilter): Condition[] {
  if (!waitingCall) return [];
  const { tool, madeFromMs: from, madeBeforeMs: before } = waitingCall;
  const wanted = [
    ...(tool === null ? [] : [['@.name == $tool', 'tool', tool]]),
    ...(from === undefined ? [] : [['@.id >= $from', 'from', firstIdAt('functionCall', from)]]),
    ...(before === undefined ? [] : [['@.id < $before', 'before', firstIdAt('functionCall', before)]]),
  ];
  if (wanted.length === 0) return [];
  const conditions = ['@.state == "pending_approval"', ...wanted.map(([condition]) => condition)].join(
    ' && ',
  );
  const variables = JSON.stringify(Object.fromEntries(wanted.map(([, name, value]) => [name, value])));
  return [
    (place) => `jsonb_path_exists(r.body, '$.output[*] ? (${conditions})', ${place(variables)}::jsonb)`,
  ];
}
