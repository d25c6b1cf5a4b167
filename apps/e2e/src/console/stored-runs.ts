import type { FunctionCallItem, Item, TurnRecord } from '@antiphon/contracts';
import { firstIdAt, functionCall, newId, noUsage } from '@antiphon/contracts';
import { query } from '../system/database.ts';

/** What a stored run differs in from one that answered at once. Times are milliseconds since the epoch. */
export interface StoredRun {
  createdAt: number;
  completedAt: number;
  turns?: TurnRecord[];
  output?: Item[];
  input?: string;
}

/** The fields of a stored response that the routes of runs read. */
function bodyOf({ input = 'Question', output = [], turns = [], ...times }: StoredRun) {
  const content = [{ type: 'text', text: input }];
  return {
    dialect: 'openai',
    model: 'stored-model',
    modelUsed: null,
    input: [{ type: 'message', id: 'msg_1', role: 'user', content, status: 'completed' }],
    output,
    turns,
    usage: noUsage,
    error: null,
    metadata: {},
    background: false,
    conversationId: null,
    previousResponseId: null,
    cancelledAt: null,
    ...times,
  };
}

/** Stores a run of a user without running it, and returns its id. */
export async function storeRun(userId: string, run: StoredRun): Promise<string> {
  const id = newId('response', run.createdAt);
  await query(
    `insert into responses.responses (id, user_id, tenant_id, status, background, body, created_at, started_at)
     select $1, $2, 'test', 'completed', false, $3, to_timestamp($4::float8 / 1000), to_timestamp($4::float8 / 1000)`,
    [id, userId, JSON.stringify(bodyOf(run)), run.createdAt],
  );
  return id;
}

/** Stores so many runs of a user, a second apart, of which each tenth failed. Their ids are of now, so that none is old. Without triggers, whose measurements lists do not need. */
export async function storeManyRuns(userId: string, count: number): Promise<void> {
  const at = Date.now();
  const body = JSON.stringify(bodyOf({ createdAt: at, completedAt: at + 40 }));
  await query(
    `set session_replication_role = replica;
     insert into responses.responses (id, user_id, tenant_id, status, background, body, created_at)
     select '${firstIdAt('response', at)}' || lpad(n::text, 24, '0'), '${userId}', 'test',
            case when n % 10 = 0 then 'failed' else 'completed' end, false, '${body}',
            to_timestamp(${at}::float8 / 1000) - n * interval '1 s'
       from generate_series(1, ${count}) n;
     analyze responses.responses`,
  );
}

export async function removeRuns(userId: string): Promise<void> {
  await query(
    `set session_replication_role = replica; delete from responses.responses where user_id = '${userId}'`,
  );
}

export function callOf(changes: Partial<FunctionCallItem> & { callId: string }): FunctionCallItem {
  return functionCall({
    id: newId('functionCall'),
    name: 'look',
    executor: 'server',
    depth: 0,
    state: 'done',
    ...changes,
  });
}

export function outputOf(callId: string, output: string): Item {
  return {
    type: 'function_call_output',
    id: newId('functionCallOutput'),
    callId,
    output,
    status: 'completed',
  };
}

export function turnOf(startedAt: number, durationMs: number, depth: number): TurnRecord {
  return {
    depth,
    model: 'stored-model',
    usage: noUsage,
    startedAt,
    durationMs,
    firstOutputMs: null,
    outcome: 'ok',
    provider: 'stored',
    costUsd: null,
    attempts: [],
  };
}
