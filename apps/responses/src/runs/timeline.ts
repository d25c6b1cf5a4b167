import {
  type DecisionRecord,
  type FunctionCallItem,
  isRejected,
  type Item,
  type Response,
  textOf,
  type TurnRecord,
} from '@antiphon/contracts';
import type { DeliveryRow } from '@antiphon/runtime';
import { z } from 'zod';
import { Activity, activityOf, Pause, pausesOf } from './course.ts';
import { encodeRunDelivery, RunDelivery } from './deliveries-wire.ts';
import {
  encodeError,
  encodeRun,
  encodeUsage,
  ErrorOfRun,
  headOf,
  isoTime,
  madeAt,
  Run,
  ServerTime,
  Time,
  UsageReply,
} from './run-wire.ts';

const ModelRequest = z.looseObject({
  started_at: Time,
  duration_ms: z.number(),
  first_token_ms: z.number().nullable(),
  /** `ok`, or the code of the error that ended it. */
  outcome: z.string(),
  provider: z.string().nullable(),
  model_used: z.string().nullable(),
  usage: UsageReply,
  cost: z.number().nullable(),
  attempts: z.array(
    z.looseObject({ provider: z.string(), model: z.string(), outcome: z.string(), duration_ms: z.number() }),
  ),
});
const ToolCall = z.looseObject({
  call_id: z.string(),
  item_id: z.string(),
  name: z.string(),
  kind: z.string(),
  /** `server`: this system runs it; `client`: the caller does. */
  executor: z.string(),
  server_label: z.string().nullable(),
  arguments: z.string(),
  proposed_arguments: z.string().nullable(),
  /** The beginning of the output; null: it has none yet. */
  output_head: z.string().nullable(),
  /** The bytes of the output's text as UTF-8. */
  output_bytes: z.int().nullable(),
  error: ErrorOfRun.nullable(),
  state: z.string(),
  started_at: Time.nullable(),
  duration_ms: z.number().nullable(),
  approval: z
    .looseObject({
      requested_at: Time,
      action: z.string().nullable(),
      message: z.string().nullable(),
      decided_at: Time.nullable(),
      decided_by: z.string().nullable(),
    })
    .nullable(),
});
const Turn = z.looseObject({
  index: z.int(),
  /** The requests to models: more than one where an answer broke off or was rejected. */
  model_requests: z.array(ModelRequest),
  tool_calls: z.array(ToolCall),
  /** The beginning of what the model said. */
  message_preview: z.string().nullable(),
});
export const Timeline = z.looseObject({
  object: z.literal('run.timeline'),
  run: Run,
  server_time: ServerTime,
  turns: z.array(Turn),
  /** What the run does now; null where it has ended. */
  activity: Activity.nullable(),
  pauses: z.array(Pause),
  /** Of the end of a background run. */
  deliveries: z.array(RunDelivery),
});
export type Timeline = z.input<typeof Timeline>;

/** The characters of an output, and of a message, in a timeline. */
const headLength = 2_000;

/**
 * The turns of a run with their model requests, tool calls and approvals, as they are stored, and what happened beside them: of a running one,
 * what has happened so far and what it does now.
 */
export function timelineOf(
  response: Response,
  decisions: readonly DecisionRecord[],
  deliveries: readonly DeliveryRow[] = [],
): Timeline {
  const { turns: records = [], output } = response;
  const placed = placesOf(output);
  const indexes = new Set([...records.map(({ depth }) => depth), ...placed.map(({ turn }) => turn)]);
  return {
    object: 'run.timeline',
    run: encodeRun(response),
    server_time: isoTime(Date.now()),
    turns: [...indexes]
      .toSorted((a, b) => a - b)
      .map((index) => {
        const items = placed.filter(({ turn }) => turn === index).map(({ item }) => item);
        return {
          index,
          model_requests: records.filter(({ depth }) => depth === index).map(encodeRequest),
          tool_calls: items.flatMap((item) =>
            item.type === 'function_call' ? [encodeCall(item, response, decisions)] : [],
          ),
          message_preview: previewOf(items),
        };
      }),
    activity: activityOf(response, decisions),
    pauses: pausesOf(response, decisions),
    deliveries: deliveries.map(encodeRunDelivery),
  };
}

/** The turn of each message and call. The model's messages have no depth: the first one after outputs of tools begins the next turn. */
function placesOf(output: readonly Item[]): { turn: number; item: Item }[] {
  const placed: { turn: number; item: Item }[] = [];
  let turn = 0;
  let hasOutputs = false;
  for (const item of output) {
    if (item.type === 'function_call_output') hasOutputs = true;
    if (item.type !== 'function_call' && item.type !== 'message') continue;
    if (item.type === 'function_call') turn = item.depth;
    else if (hasOutputs) turn++;
    hasOutputs = false;
    placed.push({ turn, item });
  }
  return placed;
}

function encodeRequest(record: TurnRecord): z.input<typeof ModelRequest> {
  return {
    started_at: isoTime(record.startedAt),
    duration_ms: record.durationMs,
    first_token_ms: record.firstOutputMs,
    outcome: record.outcome,
    provider: record.provider,
    model_used: record.model,
    usage: encodeUsage(record.usage),
    cost: record.costUsd,
    attempts: record.attempts.map(({ provider, model, outcome, durationMs }) => ({
      provider,
      model,
      outcome,
      duration_ms: durationMs,
    })),
  };
}

function encodeCall(
  call: FunctionCallItem,
  response: Response,
  decisions: readonly DecisionRecord[],
): z.input<typeof ToolCall> {
  const answered = response.output.findLast(
    (item) => item.type === 'function_call_output' && item.callId === call.callId,
  );
  const result = answered?.type === 'function_call_output' ? answered : null;
  const text = result && textOf(result.output);
  return {
    call_id: call.callId,
    item_id: call.id,
    name: call.name,
    kind: call.kind ?? 'function',
    executor: call.executor,
    server_label: call.serverLabel,
    arguments: call.arguments,
    proposed_arguments: call.proposedArguments,
    output_head: text === null ? null : headOf(text, headLength),
    output_bytes: text === null ? null : (result?.wholeBytes ?? Buffer.byteLength(text)),
    error: encodeError(call.error),
    state: call.state,
    started_at: call.startedAt === null ? null : isoTime(call.startedAt),
    duration_ms: call.durationMs,
    approval: approvalOf(call, response, decisions),
  };
}

function approvalOf(call: FunctionCallItem, response: Response, decisions: readonly DecisionRecord[]) {
  const decision = decisions.find(({ callId, action }) => callId === call.callId && action !== 'output');
  if (!decision && call.state !== 'pending_approval') return null;
  return {
    requested_at: isoTime(madeAt(call, response)),
    action: decision?.action ?? null,
    message: decision?.message ?? null,
    decided_at: decision ? isoTime(decision.decidedAt) : null,
    decided_by: decision?.userId ?? null,
  };
}

function previewOf(items: readonly Item[]): string | null {
  const texts = items.flatMap((item) =>
    item.type === 'message' && !isRejected(item) ? [textOf(item.content)] : [],
  );
  return headOf(texts.join('\n'), headLength) || null;
}
