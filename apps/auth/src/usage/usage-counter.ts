import { storableText, type UsageRecord } from '@antiphon/contracts';
import { GroupCommit, localUserId, runPrepared } from '@antiphon/service-kit';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AUTH_CONFIG, type AuthConfig } from '../config.ts';
import { usageSlotMs } from './usage-slot.ts';

/** The characters of a model's name that are kept. */
const modelLengthMax = 256;

/** How many runs one statement counts. */
export const countedAtOnceMax = 256;

/** A run to count. */
interface CountedRun {
  record_id: string;
  user_id: string;
  total_tokens: number;
  figures: Record<string, string | number>;
}

/**
 * Adds the usage of runs to the rollups. Each run is counted once, however often and in whatever order its figures arrive: of several figures
 * of a run the largest count, since later ones are never smaller. Usage of removed accounts is not counted. Runs that end within a short time are
 * counted together.
 */
@Injectable()
export class UsageCounter {
  private readonly runs: GroupCommit<CountedRun>;

  constructor(
    private readonly database: DataSource,
    @Inject(AUTH_CONFIG) { usage }: Pick<AuthConfig, 'usage'>,
  ) {
    this.runs = new GroupCommit((runs) => this.countAll(runs), {
      rowsMax: countedAtOnceMax,
      gatherMs: usage.gatherMs,
    });
  }

  count(record: UsageRecord): Promise<void> {
    return this.runs.add({
      record_id: record.recordId ?? record.responseId ?? crypto.randomUUID(),
      user_id: record.userId,
      total_tokens: record.usage.totalTokens,
      figures: figuresOf(record),
    });
  }

  /** One statement: the records of the runs and the rollups change together. */
  private async countAll(runs: readonly CountedRun[]): Promise<void[]> {
    const largest = new Map<string, CountedRun>();
    for (const run of runs) {
      const other = largest.get(run.record_id);
      if (!other || other.total_tokens < run.total_tokens) largest.set(run.record_id, run);
    }
    await runPrepared(this.database, countRuns, [JSON.stringify([...largest.values()])]);
    return Array<void>(runs.length).fill(undefined);
  }
}

/** A row of the rollups that has this run alone. */
function figuresOf(record: UsageRecord): Record<string, string | number> {
  const { usage, costUsd = null, status, createdAt = Date.now() } = record;
  return {
    user_id: record.userId,
    tenant_id: record.tenantId,
    slot: new Date(createdAt - (createdAt % usageSlotMs)).toISOString(),
    key_id: record.keyId ?? '',
    model: storableText((record.model ?? record.requestedModel ?? '').slice(0, modelLengthMax)),
    provider: record.provider ?? '',
    dialect: record.dialect ?? '',
    runs: 1,
    failed_runs: status === 'failed' ? 1 : 0,
    priced_runs: costUsd === null ? 0 : 1,
    input_tokens: usage.inputTokens,
    cached_tokens: usage.cachedInputTokens,
    cache_write_tokens: usage.cacheWriteTokens ?? 0,
    output_tokens: usage.outputTokens,
    reasoning_tokens: usage.reasoningTokens,
    cost: costUsd ?? 0,
  };
}

const figures = [
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
const keys = 'user_id, slot, tenant_id, key_id, model, provider, dialect';

/** Larger figures of a run replace the earlier ones: these are subtracted from their row. Rows are locked in one order. */
const countRuns = `
  with given as (
    select * from jsonb_to_recordset($1::jsonb)
        as run (record_id text, user_id text, total_tokens bigint, figures jsonb)),
  accounts as (
    select id from auth.users where id in (select user_id from given) order by id for key share),
  counted as (
    insert into auth.usage_records as known (record_id, user_id, total_tokens, figures)
    select record_id, user_id, total_tokens, figures from given
     where user_id = '${localUserId}' or user_id in (select id from accounts)
     order by record_id
    on conflict (record_id) do update
      set total_tokens = excluded.total_tokens, figures = excluded.figures, replaced = known.figures
      where known.total_tokens < excluded.total_tokens
    returning figures, replaced),
  changes as (
    select 1 as sign, figures from counted
    union all select -1, replaced from counted where replaced is not null)
  insert into auth.usage_rollups as known (${keys}, ${figures.join(', ')})
  select ${keys}, ${figures.map((name) => `sum(sign * ${name})`).join(', ')}
    from changes cross join lateral jsonb_populate_record(null::auth.usage_rollups, changes.figures)
   group by ${keys} order by ${keys}
  on conflict (${keys}) do update set ${figures.map((name) => `${name} = known.${name} + excluded.${name}`).join(', ')}`;
