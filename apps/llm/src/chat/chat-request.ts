import {
  functionCall,
  type Caller,
  type ContentPart,
  type Item,
  JsonObject,
  type JsonValue,
  type ModelRequest,
  newId,
  read,
  ToolName,
} from '@antiphon/contracts';
import { z } from 'zod';
import { listOf } from '../list-of.ts';

/** A chat completion as it was asked for, in neutral words. */
export interface ChatRequest extends ModelRequest {
  chatFields: JsonObject;
  isStreamed: boolean;
  includeUsage: boolean;
}

/** `POST /v1/chat/completions` → a model turn. Fields that nobody here knows are ignored. Throws `invalid_request`. */
export function decodeChatRequest(body: unknown, caller: Caller): ChatRequest {
  const chat = read(ChatBody, body);
  return {
    caller,
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

/** Whether an object of the body is what a tool gave: its texts are made storable, since its caller has not written them. */
export function isToolMessage({ role }: Readonly<Record<string, unknown>>): boolean {
  return role === 'tool';
}

const Text = z.object({ type: z.literal('text'), text: z.string() });
const Refusal = z.object({ type: z.literal('refusal'), refusal: z.string() });
const Image = z.object({
  type: z.literal('image_url'),
  image_url: z.object({ url: z.string(), detail: z.enum(['low', 'high', 'auto']).nullish() }),
});
const Audio = z.object({
  type: z.literal('input_audio'),
  input_audio: z.object({ data: z.string(), format: z.string() }),
});
const File = z.object({
  type: z.literal('file'),
  file: z.object({
    file_data: z.string({ error: 'must hold the file: files are not kept here' }),
    filename: z.string().nullish(),
  }),
});

const texts = z.union([z.string(), listOf(Text)], { error: 'must be a string or an array of text parts' });

const ToolCall = z.object({
  id: z.string().min(1),
  type: z.literal('function').default('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const Message = z.discriminatedUnion(
  'role',
  [
    z.object({ role: z.enum(['system', 'developer']), content: texts }),
    z.object({
      role: z.literal('user'),
      content: z.union(
        [
          z.string(),
          listOf(z.discriminatedUnion('type', [Text, Image, Audio, File]), z.array(z.unknown()).min(1)),
        ],
        {
          error: 'must be a string or an array of content parts (text, image_url, input_audio, file)',
        },
      ),
    }),
    z.object({
      role: z.literal('assistant'),
      content: z
        .union([z.string(), z.array(z.discriminatedUnion('type', [Text, Refusal]))], {
          error: 'must be a string, null or an array of text and refusal parts',
        })
        .nullish(),
      refusal: z.string().nullish(),
      tool_calls: listOf(ToolCall).nullish(),
    }),
    z.object({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: texts }),
  ],
  { error: 'must have a role of system, developer, user, assistant or tool' },
);
type Message = z.infer<typeof Message>;

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

const ChatBody = z.object(
  {
    model: z.string({ error: 'must be the name of a model' }).min(1, 'must be the name of a model'),
    messages: listOf(
      Message,
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
  { error: 'The body must be a JSON object' },
);

/**
 * What changes the answer without changing the shape of the reply, and so goes to the provider as it came. Everything else that is not
 * read above is ignored: it would cost the operator (`store`, `service_tier`) or ask for a reply that has no place here (`logprobs`).
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
    // The body came out of JSON.parse, so whatever it holds is JSON.
    const value = (body as Record<string, JsonValue | undefined>)[name];
    if (value !== undefined && value !== null) fields[name] = value;
  }
  return fields;
}

function toItems(message: Message): Item[] {
  switch (message.role) {
    case 'tool':
      return [
        {
          type: 'function_call_output',
          id: newId('functionCallOutput'),
          callId: message.tool_call_id,
          output: joined(message.content),
          status: 'completed',
        },
      ];
    case 'assistant':
      return [...assistantMessage(message), ...(message.tool_calls ?? []).map(toCallItem)];
    case 'user':
    case 'system':
    case 'developer':
      return [
        {
          type: 'message',
          id: newId('message'),
          role: message.role,
          content: toParts(message.content),
          status: 'completed',
        },
      ];
  }
}

function assistantMessage(message: Message & { role: 'assistant' }): Item[] {
  const content = toParts(message.content ?? '').filter((part) => part.type !== 'text' || part.text !== '');
  if (message.refusal) content.push({ type: 'refusal', refusal: message.refusal });
  const hasCalls = (message.tool_calls ?? []).length > 0;
  if (content.length === 0 && hasCalls) return [];
  return [{ type: 'message', id: newId('message'), role: 'assistant', content, status: 'completed' }];
}

function toCallItem(call: z.infer<typeof ToolCall>): Item {
  return functionCall({
    id: newId('functionCall'),
    callId: call.id,
    name: call.function.name,
    arguments: call.function.arguments,
    executor: 'client',
  });
}

type WirePart = z.infer<typeof Text | typeof Refusal | typeof Image | typeof Audio | typeof File>;

function toParts(content: string | readonly WirePart[]): ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(toPart);
}

function toPart(part: WirePart): ContentPart {
  switch (part.type) {
    case 'text':
      return { type: 'text', text: part.text };
    case 'refusal':
      return { type: 'refusal', refusal: part.refusal };
    case 'image_url':
      return {
        type: 'image',
        url: part.image_url.url,
        ...(part.image_url.detail && { detail: part.image_url.detail }),
      };
    case 'input_audio':
      return { type: 'audio', data: part.input_audio.data, format: part.input_audio.format };
    case 'file':
      return {
        type: 'file',
        url: part.file.file_data,
        ...(part.file.filename && { filename: part.file.filename }),
      };
  }
}

function joined(content: z.infer<typeof texts>): string {
  return typeof content === 'string' ? content : content.map((part) => part.text).join('');
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
