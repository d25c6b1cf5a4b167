import { AppError, type Response, type ResponseStatus } from '@antiphon/contracts';
import type { z } from 'zod';
import { encodeFailedRun, failureOf } from '../common/failed-run.ts';
import { spokenText } from '../common/spoken-text.ts';
import type { EncodedReply } from '../dialect.ts';
import { callToApprove, encodeContent } from './blocks/encode-blocks.ts';
import { encodeError } from './errors.ts';
import type * as replies from './reply-schema.ts';

/** The answer to a create: a message, or the HTTP error of a run that failed. */
export function encodeCreated(response: Response, requestId?: string): EncodedReply {
  const fault = faultOf(response);
  if (fault === null) return { status: 200, body: encodeMessage(response) };
  const failed = { ...response, error: fault.toInfo() };
  return encodeFailedRun(failed, (error) => encodeError(error, requestId));
}

/** Why a response that has stopped is no message; null where it is one. */
export function faultOf(response: Response): AppError | null {
  if (response.status === 'failed') return failureOf(response);
  if (response.status === 'cancelled') return new AppError('cancelled', 'The request was cancelled.');
  const call = callToApprove(response);
  if (!call) return null;
  const message = `The tool ${call.name} needs an approval, which this API cannot give. Leave it out of the request.`;
  return new AppError('invalid_request', message, { param: 'tools' });
}

/** The message that answers a request. */
export function encodeMessage(response: Response): z.input<typeof replies.Message> {
  return {
    ...encodeBegunMessage(response),
    content: encodeContent(response),
    ...encodeStop(response),
    usage: encodeUsage(response),
  };
}

/** The message as its stream begins it: empty, and nothing counted. */
export function encodeBegunMessage({ id, model, usage, output }: Response): z.input<typeof replies.Message> {
  return {
    id: id.replace(/^resp_/, 'msg_'),
    type: 'message',
    role: 'assistant',
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    usage: encodeUsage({ usage, output, serviceTierUsed: null }),
  };
}

type Stop = Pick<z.input<typeof replies.Message>, 'stop_reason' | 'stop_sequence' | 'stop_details'>;

/** Why the answer ended. A provider that does not name the sequence at which it stopped has ended its turn. */
export function encodeStop(response: Response): Stop {
  const plain = { stop_sequence: null, stop_details: null };
  if (isRefusal(response)) {
    const stop_details = { type: 'refusal' as const, category: null, explanation: explanationOf(response) };
    return { stop_reason: 'refusal', stop_sequence: null, stop_details };
  }
  const { status, stopSequenceUsed: sequence } = response;
  if (status === 'completed' && sequence !== undefined)
    return { ...plain, stop_reason: 'stop_sequence', stop_sequence: sequence };
  return { ...plain, stop_reason: stopReasons[status] ?? 'end_turn' };
}

const stopReasons: Partial<Record<ResponseStatus, Stop['stop_reason']>> = {
  requires_action: 'tool_use',
  incomplete: 'max_tokens',
};

function isRefusal({ incompleteReason, output }: Response): boolean {
  if (incompleteReason === 'content_filter') return true;
  const last = output.findLast((item) => item.type === 'message');
  return last?.content.some(({ type }) => type === 'refusal') ?? false;
}

function explanationOf({ output }: Response): string | null {
  const parts = output.flatMap((item) => (item.type === 'message' ? item.content : []));
  return spokenText(parts.filter(({ type }) => type === 'refusal')) || null;
}

const tiers = ['standard', 'priority', 'batch'] as const;

/** Tokens by kind: `input_tokens` are those that the cache had no part in. */
export function encodeUsage({
  usage,
  serviceTierUsed: tier,
  output,
}: Pick<Response, 'usage' | 'serviceTierUsed' | 'output'>): z.input<typeof replies.Usage> {
  const searches = output.filter(
    (item) => item.type === 'function_call' && item.kind === 'web_search',
  ).length;
  const written = usage.cacheWriteTokens ?? 0;
  return {
    input_tokens: Math.max(0, usage.inputTokens - usage.cachedInputTokens - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: usage.cachedInputTokens,
    cache_creation: null,
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.reasoningTokens },
    server_tool_use: searches > 0 ? { web_search_requests: searches, web_fetch_requests: 0 } : null,
    service_tier: tiers.find((name) => name === tier) ?? (tier === 'default' ? 'standard' : null),
    inference_geo: null,
    speed: null,
  };
}

export function encodeTokenCount(inputTokens: number): z.input<typeof replies.TokenCount> {
  return { input_tokens: inputTokens };
}
