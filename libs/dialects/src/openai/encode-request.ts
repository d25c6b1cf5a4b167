import type { Response } from '@antiphon/contracts';
import { encodeFormat, textsIn } from './encode.ts';
import { encodeItems, type WireItem } from './items/encode-items.ts';
import { encodeTools, encodeToolChoice } from './tools/encode-tools.ts';

/**
 * The request of a stored response as a body of `POST /v1/responses`, whatever dialect it came in. What the request left out is left out,
 * except tools and their choice; credentials of MCP servers are never shown.
 */
export function encodeRequest(
  response: Response,
): { model: string; input: WireItem[] } & Record<string, unknown> {
  const { settings, metadata, conversationId } = response;
  const { textFormat, verbosity, reasoningEffort, reasoningSummary } = settings;
  const hasFormat = textFormat.type !== 'text' || verbosity !== undefined;
  const hasReasoning = reasoningEffort !== null || reasoningSummary !== undefined;
  return {
    model: response.model,
    input: encodeItems(response.input, { isOver: true }),
    tools: encodeTools(response),
    tool_choice: encodeToolChoice(response),
    background: response.background,
    store: response.stored,
    ...known({
      instructions: response.instructions,
      previous_response_id: response.previousResponseId,
      conversation: conversationId,
      prompt: response.prompt,
      temperature: settings.temperature,
      top_p: settings.topP,
      presence_penalty: settings.presencePenalty,
      frequency_penalty: settings.frequencyPenalty,
      top_logprobs: settings.topLogprobs,
      max_output_tokens: settings.maxOutputTokens,
      max_tool_calls: response.toolCallsMax,
      parallel_tool_calls: settings.parallelToolCalls,
      service_tier: settings.serviceTier,
      safety_identifier: settings.safetyIdentifier,
      prompt_cache_key: settings.promptCacheKey,
      prompt_cache_retention: settings.promptCacheRetention,
      user: settings.user,
      include: response.include,
      text: hasFormat ? known({ format: encodeFormat(textFormat), verbosity }) : null,
      reasoning: hasReasoning ? known({ effort: reasoningEffort, summary: reasoningSummary }) : null,
      metadata: Object.keys(metadata).length === 0 ? null : textsIn(metadata),
    }),
  };
}

function known(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );
}
