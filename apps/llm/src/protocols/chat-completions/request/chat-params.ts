import type { JsonObject } from '@antiphon/contracts';
import type { ChatCompletionCreateParamsStreaming } from 'openai/resources/chat/completions';
import type { ProviderRequest } from '../../../providers/provider.ts';
import { sharedParams } from '../../openai/shared-params.ts';
import type { ModelQuirks } from '../../quirks/provider-quirks.ts';
import type { ChatMessage } from './chat-message.ts';
import { toChatMessages } from './chat-messages.ts';
import { completeSchema, toolParameters } from '../../requests/complete-schema.ts';

/** The body of a chat completion request, with fields of single providers that the client library does not declare. */
export type ChatParams = Partial<
  Omit<ChatCompletionCreateParamsStreaming, 'model' | 'messages' | 'stream' | 'reasoning_effort'>
> & {
  model: string;
  messages: ChatMessage[];
  stream: boolean;
  reasoning_effort?: string;
  thinking?: { type: 'enabled' | 'disabled' };
};

/**
 * Converts a model turn to a chat completion request for a provider with these quirks. Only fields that the caller set are sent; for the rest the
 * provider's defaults apply.
 */
export function toChatParams(
  request: ProviderRequest,
  quirks: ModelQuirks,
  { account, isStreamed }: { account: string; isStreamed: boolean },
): ChatParams {
  const { settings } = request;
  const params: ChatParams = {
    ...request.chatFields,
    model: request.model,
    messages: toChatMessages(instructionsOf(request, quirks), request.items, { account, quirks }),
    stream: isStreamed,
    ...(isStreamed && quirks.stream_options && { stream_options: { include_usage: true } }),
  };
  if (settings.temperature !== null) params.temperature = settings.temperature;
  if (settings.topP !== null) params.top_p = settings.topP;
  if (settings.presencePenalty !== null) params.presence_penalty = settings.presencePenalty;
  if (settings.frequencyPenalty !== null) params.frequency_penalty = settings.frequencyPenalty;
  if (settings.maxOutputTokens !== null) params[quirks.max_tokens_field] = settings.maxOutputTokens;
  if (settings.verbosity !== undefined) params.verbosity = settings.verbosity;
  if (settings.topLogprobs !== undefined) {
    params.logprobs = true;
    if (settings.topLogprobs > 0) params.top_logprobs = settings.topLogprobs;
  }
  Object.assign(params, sharedParams(settings));
  addEffort(params, settings.reasoningEffort, quirks);
  addTextFormat(params, settings.textFormat, quirks);
  addTools(params, request, quirks);
  for (const field of quirks.drop_fields) if (field !== 'strict') delete params[field as keyof ChatParams];
  return params;
}

/** Adds the reasoning effort in the provider's values. */
function addEffort(
  params: ChatParams,
  effort: ProviderRequest['settings']['reasoningEffort'],
  quirks: ModelQuirks,
): void {
  if (effort === null) return;
  if (quirks.thinking_switch) params.thinking = { type: effort === 'none' ? 'disabled' : 'enabled' };
  const word = quirks.efforts[effort];
  if (word !== null) params.reasoning_effort = word ?? effort;
}

type TextFormat = ProviderRequest['settings']['textFormat'];

function addTextFormat(params: ChatParams, format: TextFormat, quirks: ModelQuirks): void {
  if (format.type === 'text') return;
  if (format.type === 'json_object' || quirks.response_format === 'json_object') {
    params.response_format = { type: 'json_object' };
    return;
  }
  params.response_format = {
    type: 'json_schema',
    json_schema: {
      name: format.name,
      schema: completeSchema(format.schema),
      ...(format.description && { description: format.description }),
      ...(format.strict !== null && !quirks.drop_fields.includes('strict') && { strict: format.strict }),
    },
  };
}

/** Adds the schema to the instructions for a provider that only has `json_object`. */
function instructionsOf({ instructions, settings }: ProviderRequest, quirks: ModelQuirks): string | null {
  const format = settings.textFormat;
  if (format.type !== 'json_schema' || quirks.response_format === 'json_schema') return instructions;
  const description = format.description ? `${format.description}\n` : '';
  const rule = `Answer with a JSON object, and nothing else, that fits this JSON Schema:\n${description}${JSON.stringify(format.schema)}`;
  return instructions ? `${instructions}\n\n${rule}` : rule;
}

function addTools(params: ChatParams, request: ProviderRequest, quirks: ModelQuirks): void {
  const { toolChoice, settings } = request;
  let tools = request.tools;
  if (quirks.drop_fields.includes('tool_choice')) {
    // The offered tools express the choice instead.
    if (toolChoice === 'none') tools = [];
    else if (typeof toolChoice !== 'string') tools = tools.filter(({ name }) => name === toolChoice.name);
  }
  if (tools.length === 0) return;
  params.tools = tools.map((tool) => toChatTool(tool, quirks));
  // Providers refuse these two where there are no tools.
  if (settings.parallelToolCalls !== null) params.parallel_tool_calls = settings.parallelToolCalls;
  if (toolChoice !== 'auto')
    params.tool_choice =
      typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: { name: toolChoice.name } };
}

function toChatTool(
  tool: ProviderRequest['tools'][number],
  quirks: ModelQuirks,
): {
  type: 'function';
  function: { name: string; description?: string; parameters: JsonObject; strict?: boolean };
} {
  return {
    type: 'function',
    function: {
      name: tool.name,
      // Several servers refuse an empty description.
      ...(tool.description && { description: tool.description }),
      parameters: toolParameters(tool.parameters),
      ...(tool.strict !== null && !quirks.drop_fields.includes('strict') && { strict: tool.strict }),
    },
  };
}
