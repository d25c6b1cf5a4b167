import { storableText, type UsageRecord } from '@antiphon/contracts';
import { localUserId } from '@antiphon/service-kit';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { usageSlotMs } from './usage-slot.ts';

/** The characters of a model's name that are kept. */
const modelLengthMax = 256;

/**
 * Adds the usage of runs to the rollups. Each run is counted once, however often and in whatever order its figures arrive: of several figures
 * of a run the largest count, since later ones are never smaller. Usage of removed accounts is not counted.
 */
@Injectable()
export class UsageCounter {
  constructor(private readonly database: DataSource) {}

  /** One statement: the record of the run and the rollups change together. */
  async count(record: UsageRecord): Promise<void> {
    await this.database.query(countRun, [
      record.recordId ?? record.responseId ?? crypto.randomUUID(),
      record.userId,
      record.usage.totalTokens,
      JSON.stringify(figuresOf(record)),
    ]);
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
const countRun = `
  with account as (
    select from auth.users where id = $2 for key share),
  counted as (
    insert into auth.usage_records as known (record_id, user_id, total_tokens, figures)
    select $1, $2, $3::bigint, $4::jsonb where $2 = '${localUserId}' or exists (select from account)
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
