import {
  isFinal,
  isRejected,
  textOf,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type Item,
  type JsonObject,
  type Response,
  type ResponseStatus,
} from '@antiphon/contracts';
import { argumentsOf } from '../common/call-arguments.ts';
import { pairOutputs } from '../common/call-outputs.ts';
import type { EncodedReply, EncodedWebhook } from '../dialect.ts';
import { encodeFailedRun, failureOf } from '../common/failed-run.ts';
import { spokenText } from '../common/spoken-text.ts';
import { isoTime, unixTime } from '../common/times.ts';
import { encodeError, errorBody } from './errors.ts';

/** The answer to a create. A foreground run that failed is an error of HTTP; a queued one is a response like any other. */
export function encodeCreated(response: Response): EncodedReply {
  if (response.status !== 'failed' || response.background)
    return { status: 200, body: encodeResponse(response) };
  return encodeFailedRun(response, encodeError);
}

/** The response object of the document, with `call_id`, `incomplete_reason` and `pending_tool_calls` beside its own fields. */
export function encodeResponse(response: Response): Record<string, unknown> {
  const { settings, instructions, status } = response;
  const output = finalText(response.output);
  const pending = pendingCalls(response);
  return {
    id: response.id,
    model: response.model,
    input: response.rawInput,
    ...((output !== '' || status === 'completed') && { output }),
    status: statuses[status],
    ...(response.incompleteReason !== null && { incomplete_reason: response.incompleteReason }),
    background: response.background,
    store: response.stored,
    created_at: isoTime(response.createdAt),
    ...times(response),
    usage: {
      prompt_tokens: response.usage.inputTokens,
      completion_tokens: response.usage.outputTokens,
      total_tokens: response.usage.totalTokens,
    },
    tool_executions: toolExecutions(response.output),
    ...(pending.length > 0 && { pending_tool_calls: pending }),
    metadata: response.metadata,
    ...(instructions !== null && { system_prompt: instructions }),
    ...(settings.temperature !== null && { temperature: settings.temperature }),
    ...(settings.maxOutputTokens !== null && { max_tokens: settings.maxOutputTokens }),
    ...(response.previousResponseId !== null && { previous_response_id: response.previousResponseId }),
    ...(response.conversationId !== null && { conversation: response.conversationId }),
    ...(status === 'failed' && { error: failureOf(response).message }),
  };
}

/** What the model was sent, as text: calls and images stand as a word for themselves. */
export function encodeInputItems(items: readonly Item[]): { role: string; content: string }[] {
  return items.flatMap((item) => {
    switch (item.type) {
      case 'message':
        return { role: item.role, content: spokenText(item.content) };
      case 'function_call':
        return { role: 'assistant', content: `${item.name}(${item.arguments})` };
      case 'function_call_output':
        return {
          role: 'tool',
          content: typeof item.output === 'string' ? item.output : spokenText(item.output),
        };
      case 'reasoning':
      case 'mcp_list_tools':
      case 'approval_response':
        return [];
    }
  });
}

export function encodeDeleted(_id: string): EncodedReply {
  return { status: 204, body: undefined };
}

/** The response itself, told what became of it. */
export function encodeWebhook({ response }: { eventId: string; response: Response }): EncodedWebhook {
  const eventName = `response.${response.status}`;
  const { code, message } = failureOf(response);
  return {
    eventName,
    body: {
      ...encodeResponse(response),
      event: eventName,
      ...(response.status === 'failed' && { error_details: { ...errorBody({ code, message }) } }),
    },
    headers: { 'X-Jan-Event': eventName, 'X-Jan-Response-ID': response.id },
  };
}

/** The document knows no pause and no early end: a paused run is one that goes on, and an answer cut short is an answer. */
const statuses: Record<ResponseStatus, string> = {
  queued: 'queued',
  in_progress: 'in_progress',
  requires_action: 'in_progress',
  completed: 'completed',
  incomplete: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

/**
 * The answer: what the model said after its last tool call. What it said while it still worked ("let me look that up") is not part of
 * it, unless it never said anything else.
 */
function finalText(output: readonly Item[]): string {
  let answer = '';
  let earlier = '';
  for (const item of output) {
    if (isRejected(item)) continue;
    if (item.type === 'message' && item.role === 'assistant') {
      answer += spokenText(item.content);
    } else if (item.type !== 'reasoning' && answer !== '') {
      earlier = answer;
      answer = '';
    }
  }
  return answer || earlier;
}

/** Unix seconds for a background response, whose readers reckon with them; ISO 8601 for one that was waited for. */
function times(response: Response): Record<string, unknown> {
  const { status, background, queuedAt, startedAt, completedAt, cancelledAt } = response;
  const encodeTime = background ? unixTime : isoTime;
  return {
    ...(background && queuedAt !== null && { queued_at: unixTime(queuedAt) }),
    ...(background && startedAt !== null && { started_at: unixTime(startedAt) }),
    ...(completedAt !== null && isFinal(status) && { completed_at: encodeTime(completedAt) }),
    ...(cancelledAt !== null && { cancelled_at: encodeTime(cancelledAt) }),
  };
}

/** The tool calls that came to an end, in the order the model asked for them. */
function toolExecutions(output: readonly Item[]): Record<string, unknown>[] {
  const outputs = pairOutputs(output);
  return output
    .filter((item) => item.type === 'function_call')
    .filter((call) => call.executor === 'server' && call.status === 'completed' && call.state === 'done')
    .map((call) => encodeExecution(call, outputs.get(call)));
}

function encodeExecution(
  call: FunctionCallItem,
  output: FunctionCallOutputItem | undefined,
): Record<string, unknown> {
  return {
    tool_name: call.name,
    input: shownArguments(call),
    output: output ? textOf(output.output) : (call.error?.message ?? null),
    execution_time_ms: Math.round(call.durationMs ?? 0),
    depth: call.depth,
    status: call.error === null ? 'completed' : 'failed',
    call_id: call.callId,
  };
}

/**
 * What the run waits for: functions of the caller, whose outputs are sent as `tool` messages of the next request's input, and tools of ours
 * that another dialect's caller decides about.
 */
function pendingCalls(response: Response): Record<string, unknown>[] {
  if (response.status !== 'requires_action') return [];
  return response.output
    .filter((item) => item.type === 'function_call')
    .filter(({ state }) => state === 'pending_output' || state === 'pending_approval')
    .map((call) => ({ tool_name: call.name, input: shownArguments(call), call_id: call.callId }));
}

/** A call's arguments as the object the document promises. What the model wrote is kept as it is where it is none. */
function shownArguments(call: FunctionCallItem): JsonObject {
  return argumentsOf(call) ?? { _raw: call.arguments };
}
