import {
  AppError,
  type ContentPart,
  type FunctionCallItem,
  type FunctionCallOutputItem,
  type Item,
  type JsonObject,
  type MessageItem,
  type ReasoningItem,
  textOf,
} from '@antiphon/contracts';
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import { callIdAt } from './answer/call-id.ts';
import type { ProviderRequest } from './provider.ts';

export interface ChatParamsOptions {
  /** `max_completion_tokens` is what OpenAI wants; most compatible servers only know `max_tokens`. */
  maxTokensField: 'max_tokens' | 'max_completion_tokens';
  /** Names the server that is asked. */
  host: string;
  reasoningSentBack: ReasoningSentBack;
}

/**
 * Which of its thoughts a model is shown again, in the field that they came in. `turn`: those since the user last spoke, which lead to the
 * calls that the model now reads the outputs of. `all`: every one, and an empty one where none is known, since who asks for all of them
 * refuses messages without. `none`: some servers refuse the field.
 */
export type ReasoningSentBack = 'none' | 'turn' | 'all';

/** A model turn as a chat completion request. Only what the caller said is sent: the rest is the provider's own default. */
export function toChatParams(
  request: ProviderRequest,
  options: ChatParamsOptions,
): ChatCompletionCreateParamsStreaming {
  const { settings } = request;
  const params: ChatCompletionCreateParamsStreaming = {
    ...request.chatFields,
    model: request.model,
    messages: toChatMessages(request.instructions, request.items, options),
    stream: true,
    stream_options: { include_usage: true },
  };
  if (settings.temperature !== null) params.temperature = settings.temperature;
  if (settings.topP !== null) params.top_p = settings.topP;
  if (settings.presencePenalty !== null) params.presence_penalty = settings.presencePenalty;
  if (settings.frequencyPenalty !== null) params.frequency_penalty = settings.frequencyPenalty;
  if (settings.maxOutputTokens !== null) params[options.maxTokensField] = settings.maxOutputTokens;
  if (settings.reasoningEffort !== null) params.reasoning_effort = settings.reasoningEffort;
  if (settings.verbosity !== undefined) params.verbosity = settings.verbosity;
  if (settings.topLogprobs !== undefined) {
    params.logprobs = true;
    if (settings.topLogprobs > 0) params.top_logprobs = settings.topLogprobs;
  }
  if (settings.user !== undefined) params.user = settings.user;
  if (settings.safetyIdentifier !== undefined) params.safety_identifier = settings.safetyIdentifier;
  if (settings.promptCacheKey !== undefined) params.prompt_cache_key = settings.promptCacheKey;
  // The providers' own words, which they know more of than the client's types.
  if (settings.promptCacheRetention !== undefined)
    params.prompt_cache_retention = settings.promptCacheRetention as 'in_memory' | '24h';
  if (settings.serviceTier !== undefined) params.service_tier = settings.serviceTier as 'auto' | 'flex';
  if (settings.textFormat.type !== 'text') params.response_format = toResponseFormat(settings.textFormat);
  if (request.tools.length > 0) {
    params.tools = request.tools.map(toChatTool);
    // Providers refuse these two where there are no tools.
    if (settings.parallelToolCalls !== null) params.parallel_tool_calls = settings.parallelToolCalls;
    if (request.toolChoice !== 'auto') params.tool_choice = toChatToolChoice(request.toolChoice);
  }
  return params;
}

/**
 * Items as chat messages. Providers insist on an order that items need not have: all calls of a turn in one assistant message, each
 * followed by its output, every output there. A thought goes with the message of the assistant that comes next.
 */
export function toChatMessages(
  instructions: string | null,
  items: readonly Item[],
  options: Pick<ChatParamsOptions, 'host' | 'reasoningSentBack'>,
): ChatCompletionMessageParam[] {
  const messages: ChatCompletionMessageParam[] = [];
  if (instructions !== null && instructions !== '') messages.push({ role: 'system', content: instructions });
  const outputs = new PendingOutputs(items);
  const thoughts = new PendingThoughts(items, options);

  for (let position = 0; position < items.length; position++) {
    const item = items[position];
    if (item?.type === 'reasoning') {
      thoughts.add(item, position);
    } else if (item?.type === 'message') {
      const message = toChatMessage(item);
      messages.push(message);
      if (message.role === 'assistant') thoughts.giveTo(message);
      else thoughts.drop();
    } else if (item?.type === 'function_call_output') {
      if (!outputs.isTaken(item)) messages.push(toToolMessage(item.callId, outputText(item)));
    } else if (item?.type === 'function_call') {
      const calls = callsFrom(items, position);
      thoughts.giveTo(appendCalls(messages, calls, options.host));
      for (const call of calls)
        messages.push(toToolMessage(callIdAt(options.host, call), outputs.take(call)));
      position = items.indexOf(calls.at(-1) ?? item, position);
    }
  }
  return messages;
}

/** What the model thought on the way to its next message, as far as it is shown again. */
class PendingThoughts {
  readonly #firstPosition: number;
  #fields: ThoughtFields | null = null;

  constructor(
    items: readonly Item[],
    private readonly options: Pick<ChatParamsOptions, 'host' | 'reasoningSentBack'>,
  ) {
    const lastOfUser = items.findLastIndex((item) => item.type === 'message' && item.role === 'user');
    this.#firstPosition = { none: Infinity, turn: lastOfUser, all: 0 }[options.reasoningSentBack];
  }

  add(thought: ReasoningItem, position: number): void {
    if (position < this.#firstPosition) return;
    const fields = this.#fieldsOf(thought);
    if (fields) this.#fields = joinThoughts(this.#fields, fields);
  }

  giveTo(message: ChatCompletionAssistantMessageParam & ThoughtFields): void {
    const isMissing = this.options.reasoningSentBack === 'all' && !hasThought(message);
    if (this.#fields) Object.assign(message, joinThoughts(message, this.#fields));
    else if (isMissing) message.reasoning_content = '';
    this.drop();
  }

  drop(): void {
    this.#fields = null;
  }

  /** Only the provider that thought it is shown it. One that a caller wrote down itself is anybody's. */
  #fieldsOf({ text, origin }: ReasoningItem): ThoughtFields | null {
    if (!origin) return this.options.reasoningSentBack === 'all' ? { reasoning_content: text } : null;
    if (origin.provider !== this.options.host) return null;
    if (origin.details) return { reasoning_details: origin.details };
    return { [origin.sentAs ?? origin.field]: text };
  }
}

/** Fields of an assistant's message that chat completions have come to have; not in the client's types. */
interface ThoughtFields {
  reasoning_content?: string;
  reasoning?: string;
  reasoning_details?: JsonObject[];
}

/** Thoughts of one answer, in their order. Details hold all that came before them, texts go on where the last one ended. */
function joinThoughts(before: ThoughtFields | null, next: ThoughtFields): ThoughtFields {
  if (!before || next.reasoning_details) return next;
  if (before.reasoning_details) return { reasoning_details: before.reasoning_details };
  const joined = { ...next };
  for (const field of ['reasoning_content', 'reasoning'] as const)
    if (before[field] !== undefined) joined[field] = before[field] + (next[field] ?? '');
  return joined;
}

function hasThought(message: ThoughtFields): boolean {
  return 'reasoning_content' in message || 'reasoning' in message || 'reasoning_details' in message;
}

/** The calls of one turn: those that follow each other, thoughts between them aside. */
function callsFrom(items: readonly Item[], start: number): FunctionCallItem[] {
  const calls: FunctionCallItem[] = [];
  for (const item of items.slice(start)) {
    if (item.type === 'function_call') calls.push(item);
    else if (item.type !== 'reasoning') break;
  }
  return calls;
}

/** Puts calls into the assistant's message before them, where there is one. Returns the message that has them. */
function appendCalls(
  messages: ChatCompletionMessageParam[],
  calls: FunctionCallItem[],
  host: string,
): ChatCompletionAssistantMessageParam {
  const toolCalls = calls.map((call) => ({
    id: callIdAt(host, call),
    type: 'function' as const,
    // An empty text is what some models write for no arguments, and what providers refuse to read back.
    function: { name: call.name, arguments: call.arguments === '' ? '{}' : call.arguments },
    ...extraContentAt(host, call),
  }));
  const last = messages.at(-1);
  const message: ChatCompletionAssistantMessageParam =
    last?.role === 'assistant' && last.tool_calls === undefined ? last : { role: 'assistant', content: null };
  message.tool_calls = toolCalls;
  if (message !== last) messages.push(message);
  return message;
}

/** What the server that made a call wants to read again with it. */
function extraContentAt(host: string, { origin }: FunctionCallItem): { extra_content?: JsonObject } {
  if (origin?.provider !== host || Object.keys(origin.extraContent).length === 0) return {};
  return { extra_content: origin.extraContent };
}

/** The outputs that no call has claimed yet. Some models use the same call id in every turn, so the first one after a call is its own. */
class PendingOutputs {
  readonly #taken = new Set<FunctionCallOutputItem>();

  constructor(private readonly items: readonly Item[]) {}

  isTaken(output: FunctionCallOutputItem): boolean {
    return this.#taken.has(output);
  }

  take(call: FunctionCallItem): string {
    for (let position = this.items.indexOf(call) + 1; position < this.items.length; position++) {
      const item = this.items[position];
      if (item?.type !== 'function_call_output' || item.callId !== call.callId || this.#taken.has(item))
        continue;
      this.#taken.add(item);
      return outputText(item);
    }
    // Providers refuse a call without an output; a run that was cancelled leaves such calls behind.
    return 'This call was not carried out.';
  }
}

function toToolMessage(callId: string, content: string): ChatCompletionMessageParam {
  return { role: 'tool', tool_call_id: callId, content };
}

/** Tool messages hold text only; other parts are named so that the model knows they were there. */
function outputText(item: FunctionCallOutputItem): string {
  if (typeof item.output === 'string') return item.output;
  return item.output.map((part) => (part.type === 'text' ? part.text : `[${part.type}]`)).join('\n');
}

function toChatMessage(message: MessageItem): ChatCompletionMessageParam {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: toUserContent(message.content) };
    case 'assistant':
      return toAssistantMessage(message);
    case 'system':
    case 'developer':
      // Compatible servers only know `system`, and OpenAI reads it as `developer` where a model wants that.
      return { role: 'system', content: textOf(message.content) };
  }
}

function toAssistantMessage(message: MessageItem): ChatCompletionAssistantMessageParam {
  const refusal = message.content.map((part) => (part.type === 'refusal' ? part.refusal : '')).join('');
  const text = textOf(message.content);
  if (refusal === '') return { role: 'assistant', content: text };
  return { role: 'assistant', content: text === '' ? null : text, refusal };
}

function toUserContent(parts: readonly ContentPart[]): string | ChatCompletionContentPart[] {
  if (parts.every((part) => part.type === 'text') && parts.length <= 1) return textOf(parts);
  return parts.map(toUserPart);
}

function toUserPart(part: ContentPart): ChatCompletionContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'text', text: part.refusal };
    case 'image':
      return {
        type: 'image_url',
        image_url: { url: part.url, ...(part.detail !== undefined && { detail: part.detail }) },
      };
    case 'audio':
      // The format is checked by the provider, which knows more of them than the client's types.
      return { type: 'input_audio', input_audio: { data: part.data, format: part.format as 'wav' | 'mp3' } };
    case 'file':
      if (!part.url.startsWith('data:')) {
        throw new AppError(
          'model_refused',
          'Files must be sent as data URLs: chat models do not fetch files by address',
        );
      }
      return { type: 'file', file: { file_data: part.url, filename: part.filename ?? 'file' } };
  }
}

function toChatTool(
  tool: ProviderRequest['tools'][number],
): NonNullable<ChatCompletionCreateParamsStreaming['tools']>[number] {
  return {
    type: 'function',
    function: {
      name: tool.name,
      ...(tool.description !== null && { description: tool.description }),
      // Several servers refuse a tool without parameters.
      parameters: tool.parameters ?? { type: 'object', properties: {} },
      ...(tool.strict !== null && { strict: tool.strict }),
    },
  };
}

function toChatToolChoice(
  choice: ProviderRequest['toolChoice'],
): NonNullable<ChatCompletionCreateParamsStreaming['tool_choice']> {
  return typeof choice === 'string' ? choice : { type: 'function', function: { name: choice.name } };
}

function toResponseFormat(
  format: ProviderRequest['settings']['textFormat'],
): NonNullable<ChatCompletionCreateParamsStreaming['response_format']> {
  if (format.type !== 'json_schema') return { type: format.type };
  return {
    type: 'json_schema',
    json_schema: {
      name: format.name,
      schema: format.schema,
      ...(format.description !== null && { description: format.description }),
      ...(format.strict !== null && { strict: format.strict }),
    },
  };
}
