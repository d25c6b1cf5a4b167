import {
  AppError,
  firstWithin,
  type JsonObject,
  lastAnswered,
  rejectionsIn,
  type Item,
  type Response,
  type TextFormat,
  type Usage,
  quote,
  refusal,
} from '@antiphon/contracts';
import type { z } from 'zod';
import type { CancelOutcome, EncodedReply, EncodedWebhook, PageOfItems } from '../dialect.ts';
import { encodeFailedRun, failureOf } from '../common/failed-run.ts';
import { unixTime } from '../common/times.ts';
import { encodeError, encodeRunError } from './errors.ts';
import { encodeItems } from './items/encode-items.ts';
import { encodeTools, encodeToolChoice } from './tools/encode-tools.ts';
import type * as replies from './replies/response.ts';
import { statuses } from './statuses.ts';

/** The answer to a create. A failed foreground run is an HTTP error; a queued response is returned as it is. */
export function encodeCreated(response: Response): EncodedReply {
  if (response.status !== 'failed' || response.background)
    return { status: 200, body: encodeResponse(response) };
  return encodeFailedRun(response, encodeError);
}

/** The response object. Nullable is not optional: it always has every field of the specification. */
export function encodeResponse(response: Response): z.input<typeof replies.Response> {
  const { settings, status } = response;
  const isGoingOn = status === 'queued' || status === 'in_progress' || staysOpen(response);
  const answered = lastAnswered(response.turns);
  return {
    id: response.id,
    object: 'response',
    created_at: unixTime(response.createdAt),
    created: unixTime(response.createdAt),
    completed_at: response.completedAt === null ? null : unixTime(response.completedAt),
    ...(response.cancelledAt !== null && { cancelled_at: unixTime(response.cancelledAt) }),
    status: staysOpen(response) ? 'in_progress' : statuses[status],
    incomplete_details: response.incompleteReason === null ? null : { reason: response.incompleteReason },
    error: status === 'failed' ? encodeRunError(failureOf(response)) : null,
    model: response.modelUsed ?? response.model,
    instructions: response.instructions,
    output: encodeItems(response.output, { isOver: !isGoingOn, include: response.include ?? [] }),
    previous_response_id: response.previousResponseId,
    conversation: response.conversationId === null ? null : { id: response.conversationId },
    tools: encodeTools(response),
    tool_choice: encodeToolChoice(response),
    parallel_tool_calls: settings.parallelToolCalls ?? true,
    text: {
      format: encodeFormat(settings.textFormat),
      ...(settings.verbosity && { verbosity: settings.verbosity }),
    },
    reasoning: { effort: settings.reasoningEffort, summary: settings.reasoningSummary ?? null },
    temperature: settings.temperature ?? 1,
    top_p: settings.topP ?? 1,
    presence_penalty: settings.presencePenalty ?? 0,
    frequency_penalty: settings.frequencyPenalty ?? 0,
    top_logprobs: settings.topLogprobs ?? 0,
    max_output_tokens: settings.maxOutputTokens,
    max_tool_calls: response.toolCallsMax ?? null,
    truncation: response.keepsContext ? 'disabled' : 'auto',
    usage: isGoingOn ? null : encodeUsage(response.usage),
    store: response.stored,
    background: response.background,
    service_tier: response.serviceTierUsed ?? 'default',
    metadata: { ...textsIn(response.metadata), ...attemptsOf(response) },
    safety_identifier: settings.safetyIdentifier ?? null,
    prompt_cache_key: settings.promptCacheKey ?? null,
    ...(settings.promptCacheRetention && { prompt_cache_retention: settings.promptCacheRetention }),
    ...(settings.user && { user: settings.user }),
    ...(response.prompt && { prompt: response.prompt }),
    ...(answered?.provider && { provider: answered.provider }),
    ...(response.warnings && { warnings: response.warnings }),
  };
}

/** Whether a response waits for decisions and goes on itself, so that no other response must continue it. */
export function staysOpen({ status, onPause }: Response): boolean {
  return status === 'requires_action' && onPause === 'stay';
}

/** A cancel leaves a background response that has ended as it is, and refuses a foreground response that has ended. */
export function encodeCancelled({ response, wasCancelled }: CancelOutcome): Record<string, unknown> {
  if (!wasCancelled && !response.background)
    throw new AppError('invalid_request', 'The response has ended, and was not made in the background.');
  return encodeResponse(response);
}

/** The most characters of JSON on a page of items. A page has at least one item of any size. */
const pageCharactersMax = 4_000_000;

/** A page of items; the next one begins `after` its last item. */
export function encodeInputItems(
  items: readonly Item[],
  { after, limit, order, include = [] }: PageOfItems,
): Record<string, unknown> {
  const all = encodeItems(items, { isOver: true, include });
  if (order === 'desc') all.reverse();
  const start = after === null ? 0 : all.findIndex((item) => item.id === after) + 1;
  if (after !== null && start === 0) {
    throw refusal(['after'], `names ${quote(after)}, which is not in this list`);
  }
  const data = firstWithin(
    all.slice(start, start + limit),
    pageCharactersMax,
    (item) => JSON.stringify(item).length,
  );
  return encodePage(data, start + data.length < all.length);
}

export function encodePage<Entry extends { id: string }>(data: readonly Entry[], hasMore: boolean) {
  return {
    object: 'list' as const,
    data: [...data],
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}

export function encodeDeleted(id: string): EncodedReply {
  return { status: 200, body: { id, object: 'response', deleted: true } };
}

/** Names the response and how it ended; its content is read from the API. */
export function encodeWebhook({
  eventId,
  response,
}: {
  eventId: string;
  response: Response;
}): EncodedWebhook {
  const eventName = `response.${statuses[response.status]}`;
  const endedAt = response.completedAt ?? response.cancelledAt ?? response.createdAt;
  const body = {
    id: eventId,
    object: 'event',
    type: eventName,
    created_at: unixTime(endedAt),
    data: { id: response.id },
  };
  return { eventName, body, headers: {} };
}

/** The rejected answers as strings of metadata; empty where the first answer was accepted. */
function attemptsOf({ output }: Response): Record<string, string> {
  const rejections = rejectionsIn(output);
  if (rejections.length === 0) return {};
  const attempts: Record<string, string> = { output_attempts: String(rejections.length + 1) };
  for (const [index, rejection] of rejections.entries())
    attempts[`output_rejection_${index + 1}`] = rejection.slice(0, metadataLengthMax);
  return attempts;
}

const metadataLengthMax = 512;

/** Metadata with strings only, the form of this dialect. Other values, which jan accepts, become JSON text. */
export function textsIn(metadata: JsonObject): Record<string, string> {
  const entries = Object.entries(metadata);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}

export function encodeFormat(format: TextFormat) {
  return format.type === 'json_schema'
    ? { ...format, strict: format.strict ?? false }
    : { type: format.type };
}

export function encodeUsage(usage: Usage): z.input<typeof replies.Usage> {
  return {
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens ?? 0,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.totalTokens,
  };
}
