import { JsonObject, type JsonValue, type ModelRequest, read, ToolName } from '@antiphon/contracts';
import { z } from 'zod';
import { listOf } from '../http/list-of.ts';
import { ChatMessage, toItems } from './chat-message.ts';

/** A requested chat completion in the neutral model. */
export interface ChatRequest extends Omit<ModelRequest, 'caller'> {
  chatFields: JsonObject;
  isStreamed: boolean;
  includeUsage: boolean;
}

/** `POST /v1/chat/completions` → a model turn. Unknown fields are ignored. Throws `invalid_request`. */
export function decodeChatRequest(body: unknown): ChatRequest {
  const chat = read(ChatBody, body);
  return {
    model: chat.model,
    instructions: null,
    items: chat.messages.flatMap(toItems),
    tools: (chat.tools ?? []).map(({ function: tool }) => ({
      name: tool.name,
      description: tool.description ?? null,
      parameters: tool.parameters ?? null,
      strict: tool.strict ?? null,
    })),
    toolChoice:
      typeof chat.tool_choice === 'object' && chat.tool_choice !== null
        ? chat.tool_choice.function
        : (chat.tool_choice ?? 'auto'),
    settings: {
      temperature: chat.temperature ?? null,
      topP: chat.top_p ?? null,
      presencePenalty: chat.presence_penalty ?? null,
      frequencyPenalty: chat.frequency_penalty ?? null,
      maxOutputTokens: chat.max_completion_tokens ?? chat.max_tokens ?? null,
      parallelToolCalls: chat.parallel_tool_calls ?? null,
      reasoningEffort: chat.reasoning_effort ?? null,
      textFormat: toTextFormat(chat.response_format),
    },
    chatFields: passedOn(body),
    isStreamed: chat.stream ?? false,
    includeUsage: chat.stream_options?.include_usage ?? false,
  };
}

/** Whether an object of the body is a tool's output: its texts are made storable instead of refused, since the caller has not written them. */
export function isToolMessage({ role }: Readonly<Record<string, unknown>>): boolean {
  return role === 'tool';
}

const Tool = z.object({
  type: z.literal('function', { error: 'must be "function": no other tools are passed on' }),
  function: z.object({
    name: ToolName,
    description: z.string().nullish(),
    parameters: JsonObject.nullish(),
    strict: z.boolean().nullish(),
  }),
});

const ResponseFormat = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: z.string(),
      description: z.string().nullish(),
      schema: JsonObject.nullish(),
      strict: z.boolean().nullish(),
    }),
  }),
]);

const absent = (instead: string) => z.undefined({ error: `is not supported: ${instead}` }).optional();

export const ChatBody = z.object(
  {
    model: z.string({ error: 'must be the name of a model' }).min(1, 'must be the name of a model'),
    messages: listOf(
      ChatMessage,
      z
        .array(z.unknown(), { error: 'must be an array of messages' })
        .min(1, 'must hold at least one message'),
    ),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
    n: z.literal(1, { error: 'must be 1: one choice is made for each request' }).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    presence_penalty: z.number().min(-2).max(2).nullish(),
    frequency_penalty: z.number().min(-2).max(2).nullish(),
    max_tokens: z.number().int().positive().nullish(),
    max_completion_tokens: z.number().int().positive().nullish(),
    tools: listOf(Tool).nullish(),
    tool_choice: z
      .union(
        [
          z.enum(['none', 'auto', 'required']),
          z.object({ type: z.literal('function'), function: z.object({ name: ToolName }) }),
        ],
        { error: 'must be none, auto, required or {"type":"function","function":{"name":…}}' },
      )
      .nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: ResponseFormat.nullish(),
    reasoning_effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
    functions: absent('send `tools`'),
    function_call: absent('send `tool_choice`'),
  },
  { error: 'must be a JSON object' },
);

/**
 * Fields that change the answer and not the shape of the reply: they go to the provider unchanged. All other fields are ignored, since they
 * would cost the operator (`store`, `service_tier`) or ask for a reply without a place here (`logprobs`).
 */
const passedOnFields = [
  'stop',
  'seed',
  'logit_bias',
  'verbosity',
  'user',
  'safety_identifier',
  'prompt_cache_key',
  'top_k',
  'min_p',
  'repetition_penalty',
  'chat_template_kwargs',
];

function passedOn(body: unknown): JsonObject {
  const fields: JsonObject = {};
  for (const name of passedOnFields) {
    // The body comes from JSON.parse, so its values are JSON.
    const value = (body as Record<string, JsonValue | undefined>)[name];
    if (value !== undefined && value !== null) fields[name] = value;
  }
  return fields;
}

function toTextFormat(
  format: z.infer<typeof ResponseFormat> | null | undefined,
): ModelRequest['settings']['textFormat'] {
  if (!format) return { type: 'text' };
  if (format.type !== 'json_schema') return { type: format.type };
  const { name, description, schema, strict } = format.json_schema;
  return {
    type: 'json_schema',
    name,
    description: description ?? null,
    schema: schema ?? {},
    strict: strict ?? null,
  };
}
