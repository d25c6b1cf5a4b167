import {
  costOf,
  type FunctionCallItem,
  isFinal,
  JsonObject,
  lastAnswered,
  pageOf,
  type Response,
  textOf,
  timeOfId,
  type Usage,
} from '@antiphon/contracts';
import { z } from 'zod';

/* The row of a run, and what the timeline and approvals share with it. */

/** ISO 8601, UTC. */
export const Time = z.iso.datetime();

/** A time in a request. */
export const When = z.iso.datetime({ offset: true, error: 'must be a time as 2026-01-31T12:00:00Z' });

export const UsageReply = z.looseObject({
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_tokens: z.int(),
});

export const ErrorOfRun = z.looseObject({ code: z.string(), message: z.string() });

export const Run = z.looseObject({
  object: z.literal('run'),
  id: z.string(),
  dialect: z.string(),
  model: z.string(),
  model_used: z.string().nullable(),
  /** The operator's name for the provider that answered last. */
  provider: z.string().nullable(),
  /** The API key that created the run; null for an access token or no credential, and for runs of earlier releases. */
  api_key_id: z.string().nullable(),
  /** The status of the run itself, in the same words for all dialects. */
  status: z.string(),
  created_at: Time,
  started_at: Time.nullable(),
  completed_at: Time.nullable(),
  background: z.boolean(),
  conversation_id: z.string().nullable(),
  /** The run that this one continues. */
  previous_run_id: z.string().nullable(),
  turns: z.int(),
  tool_calls: z.int(),
  /** The names of the called tools, each once, in the order of their first calls: 20 at most. */
  tools: z.array(z.string()),
  pending_approvals: z.int(),
  usage: UsageReply,
  /** US dollars by list prices; null where no price is known. */
  cost: z.number().nullable(),
  error: ErrorOfRun.nullable(),
  /** The first 200 characters of the newest message of the user. */
  preview: z.string(),
  metadata: JsonObject,
});
/** The time of the answer by the server's clock: a run that is not over has lasted until then. */
export const ServerTime = Time;
export const RunList = pageOf(Run).extend({ server_time: ServerTime });

const previewLength = 200;
const toolsMax = 20;

export function encodeRun(response: Response): z.input<typeof Run> {
  const { id, dialect, model, modelUsed, status, background, usage, error, metadata, turns = [] } = response;
  const calls = response.output.filter((item) => item.type === 'function_call');
  const depths = [...turns, ...calls].map(({ depth }) => depth);
  const endedAt = isFinal(status) ? (response.completedAt ?? response.cancelledAt) : null;
  return {
    object: 'run',
    id,
    dialect,
    model,
    model_used: modelUsed,
    provider: lastAnswered(turns)?.provider ?? null,
    api_key_id: response.rights?.keyId ?? null,
    status,
    created_at: isoTime(response.createdAt),
    started_at: response.startedAt === null ? null : isoTime(response.startedAt),
    completed_at: endedAt === null ? null : isoTime(endedAt),
    background,
    conversation_id: response.conversationId,
    previous_run_id: response.previousResponseId,
    turns: new Set(depths).size,
    tool_calls: calls.length,
    tools: [...new Set(calls.map(({ name }) => name))].slice(0, toolsMax),
    pending_approvals: calls.filter(({ state }) => state === 'pending_approval').length,
    usage: encodeUsage(usage),
    cost: costOf(turns),
    error: encodeError(error),
    preview: previewOf(response),
    metadata,
  };
}

export function encodeRuns({ responses, hasMore }: { responses: readonly Response[]; hasMore: boolean }) {
  return {
    object: 'list' as const,
    data: responses.map(encodeRun),
    first_id: responses[0]?.id ?? null,
    last_id: responses.at(-1)?.id ?? null,
    has_more: hasMore,
    server_time: isoTime(Date.now()),
  };
}

export function encodeUsage({ inputTokens, outputTokens, totalTokens }: Usage) {
  return { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: totalTokens };
}

export function encodeError(error: { code: string; message: string } | null) {
  return error && { code: error.code, message: error.message };
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** When the model made a call: an id of the server has its time. */
export function madeAt(call: FunctionCallItem, response: Response): number {
  return timeOfId(call.id) ?? response.createdAt;
}

/** The first characters of a text, without half of a character at its end. */
export function headOf(text: string, length: number): string {
  return [...text.slice(0, 2 * length)].slice(0, length).join('');
}

function previewOf({ input }: Response): string {
  const asked = input.findLast((item) => item.type === 'message' && item.role === 'user');
  return asked?.type === 'message' ? headOf(textOf(asked.content), previewLength) : '';
}
