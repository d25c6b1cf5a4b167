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
import { echoedInput } from './echoed-input.ts';
import { encodeError, errorBody } from './errors.ts';

/** The answer to a create. A failed foreground run is an HTTP error; a queued response is returned as it is. */
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
    input: echoedInput(response),
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

/** The items that the model was sent, as text: calls and images become placeholders. */
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
      case 'additional_tools':
      case 'approval_response':
      case 'compaction':
        return [];
    }
  });
}

export function encodeDeleted(_id: string): EncodedReply {
  return { status: 204, body: undefined };
}

/** The response itself, with the name of the event. */
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

/** The document has no status for a pause or an early end: a paused run is in progress, and an answer that was cut short is completed. */
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
 * The answer: the text after the model's last tool call. Text between tool calls ("let me look that up") is not part of
 * it, unless there is no other text.
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

/** Unix seconds for a background response, ISO 8601 for a foreground response, as in the document. */
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

/** The finished tool calls, in the order in which the model made them. */
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
 * The calls that the run waits for: functions of the caller, whose outputs are sent as `tool` messages of the next request's input, and server
 * tools that a caller of another dialect decides about.
 */
function pendingCalls(response: Response): Record<string, unknown>[] {
  if (response.status !== 'requires_action') return [];
  return response.output
    .filter((item) => item.type === 'function_call')
    .filter(({ state }) => state === 'pending_output' || state === 'pending_approval')
    .map((call) => ({ tool_name: call.name, input: shownArguments(call), call_id: call.callId }));
}

/** A call's arguments as the object that the document promises, or the model's text where that is not a JSON object. */
function shownArguments(call: FunctionCallItem): JsonObject {
  return argumentsOf(call) ?? { _raw: call.arguments };
}
