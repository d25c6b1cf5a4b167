import { AppError, type Caller } from '@antiphon/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { bucketsMax, emptyRange, tooManyBuckets, type UsageQuery, usageGroups } from './usage-query.ts';

/** The scope of callers who may see the usage of all users of their tenant. */
const adminScope = 'admin';
/** How many groups an answer shows: those with the most tokens. The others are summed. */
const groupsMax = 20;
const slot = `interval '15 minutes'`;
/** PostgreSQL's code for a time zone that it does not know. */
const invalidParameter = '22023';
const anyOrigin = `timestamptz '2000-01-01T00:00Z'`;

/** Sums of one group in one bucket, as PostgreSQL writes them: its bigint and numeric are text. */
export interface UsageSums {
  /** From 1; null for the whole range. */
  bucket: number | null;
  /** Whether it sums the groups beyond the largest. */
  isRest: boolean | null;
  /** Values by column; empty text for none. All are null in the total of the range. */
  group: Record<string, string | null>;
  runs: string;
  failed_runs: string;
  priced_runs: string;
  input_tokens: string;
  cached_tokens: string;
  cache_write_tokens: string;
  output_tokens: string;
  reasoning_tokens: string;
  cost: string;
}

export interface UsageSummary {
  /** The beginnings of the buckets. */
  starts: Date[];
  end: Date;
  total: UsageSums | undefined;
  groups: UsageSums[];
  series: UsageSums[];
  /** Names of the API keys among the groups, by id. */
  keyNames: ReadonlyMap<string, string>;
}

const sums = [
  'runs',
  'failed_runs',
  'priced_runs',
  'input_tokens',
  'cached_tokens',
  'cache_write_tokens',
  'output_tokens',
  'reasoning_tokens',
  'cost',
];

/** Reads the rollups of usage. */
@Injectable()
export class UsageStore {
  constructor(private readonly database: DataSource) {}

  /**
   * The usage of a caller, or of its tenant, in buckets that add up to the range. Errors: `forbidden` for the tenant without the scope
   * `admin`; `invalid_request` for an empty range and too many buckets.
   */
  async sum(caller: Caller, query: UsageQuery): Promise<UsageSummary> {
    if (query.scope === 'tenant' && !caller.scopes.includes(adminScope))
      throw new AppError(
        'forbidden',
        `Only callers with the scope "${adminScope}" may see the usage of their tenant.`,
        { param: 'scope' },
      );
    const { starts, end } = await this.buckets(query);
    const rows: UsageSums[] = await this.database.query(...sumsOf(caller, query, { starts, end }));
    const isTotal = ({ isRest }: UsageSums) => isRest === null;
    return {
      starts,
      end,
      total: rows.find(isTotal),
      groups: rows.filter((row) => !isTotal(row) && row.bucket === null),
      series: rows.filter((row) => row.bucket !== null),
      keyNames: await this.keyNames(rows.flatMap(({ group }) => group['key_id'] || [])),
    };
  }

  /** The buckets begin where the zone's clock shows a whole unit; the first with the range. The range grows to whole slots. */
  private async buckets({ from, to, timeZone, bucket }: UsageQuery): Promise<{ starts: Date[]; end: Date }> {
    // Hours go by elapsed time: the clock shows one hour twice when summer time ends.
    const series =
      bucket === 'hour'
        ? `generate_series(date_trunc('hour', "from", $3), "to", interval '1 hour')`
        : `generate_series(date_trunc('${bucket}', "from" at time zone $3), "to" at time zone $3, interval '1 ${bucket}') at time zone $3`;
    const statement = `with range as (
         select date_bin(${slot}, ${momentOf(from, '$1')}, ${anyOrigin}) as "from",
                date_bin(${slot}, ${momentOf(to, '$2')} + ${slot} - interval '1 microsecond', ${anyOrigin}) as "to"),
       bound as (select ${series} as start, "from", "to" from range limit ${bucketsMax + 3})
       select (select array_agg(start order by start) from (
                 select "from" as start from range where "from" < "to"
                 union select start from bound where start > "from" and start < "to") starts) as starts,
              "to" as end from range`;
    const rows: Promise<[{ starts: Date[] | null; end: Date }]> = this.database.query(statement, [
      from,
      to,
      timeZone,
    ]);
    const [range] = await rows.catch(refuseUnknownZone);
    if (!range.starts) throw emptyRange();
    if (range.starts.length > bucketsMax) throw tooManyBuckets(bucket);
    return { starts: range.starts, end: range.end };
  }

  private async keyNames(ids: string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const rows: { id: string; name: string }[] = await this.database.query(
      'select id, name from auth.api_keys where id = any($1)',
      [[...new Set(ids)]],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}

/** PostgreSQL may lack a zone that this process knows. */
function refuseUnknownZone(error: Error & { code?: string }): never {
  if (error.code !== invalidParameter) throw error;
  throw new AppError('invalid_request', 'The database does not know this time zone.', {
    param: 'time_zone',
  });
}

/** A date is the beginning of that day in the zone. */
function momentOf(text: string, place: string): string {
  return /^\d{4}-\d\d-\d\d$/.test(text) ? `(${place}::timestamp at time zone $3)` : `${place}::timestamptz`;
}

/** One statement for the series, the groups and the total, so that they agree. */
function sumsOf(
  caller: Caller,
  { scope, groupBy, filters }: UsageQuery,
  { starts, end }: { starts: Date[]; end: Date },
): [string, unknown[]] {
  // Bounds on both columns, which no index but the owner's has.
  const values: unknown[] = [scope === 'own' ? caller.userId : caller.tenantId, starts, end, starts[0]];
  const owner = scope === 'own' ? 'user_id' : 'tenant_id';
  const filtered = [...filters].map(([column, value]) => `and ${column} = $${values.push(value)}`).join(' ');
  const columns = groupBy.map((name) => usageGroups[name].column);
  const list = columns.join(', ');
  const kept = columns.map((column) => `case when not rest then ${column} end as ${column}`);
  const ranked = `select *, dense_rank() over (order by group_tokens desc, group_runs desc, ${list}) > ${groupsMax} as rest
    from (select *, sum(input_tokens + output_tokens) over (partition by ${list}) as group_tokens,
                 sum(runs) over (partition by ${list}) as group_runs from used) used`;
  const group = columns.map((column) => `'${column}', ${column}`).join(', ');
  const by = ['rest', ...columns].join(', ');
  const statement = `
    with used as materialized (
      select width_bucket(slot, $2::timestamptz[]) as bucket, ${[...columns, ...sums.map((name) => `sum(${name}) as ${name}`)].join(', ')}
        from auth.usage_rollups
       where (${owner}, slot) >= ($1, $4::timestamptz) and (${owner}, slot) < ($1, $3::timestamptz) ${filtered}
       group by ${['bucket', ...columns].join(', ')}),
    ranked as (${columns.length > 0 ? ranked : 'select *, false as rest from used'}),
    shown as (select ${['bucket', 'rest', ...kept, ...sums].join(', ')} from ranked)
    select bucket, rest as "isRest", json_build_object(${group}) as group, ${sums.map((name) => `sum(${name}) as ${name}`).join(', ')}
      from shown
     group by grouping sets ((bucket, ${by}), (${by}), ())
     order by bucket, rest, sum(input_tokens + output_tokens) desc, sum(runs) desc`;
  return [statement, values];
}
