import type { ModelSettings } from '@antiphon/contracts';
import { z } from 'zod';

export type ReasoningEffort = NonNullable<ModelSettings['reasoningEffort']>;

/**
 * Which reasoning of earlier turns is sent back to the model. `turn`: the reasoning since the last user message, which led to the pending
 * tool calls. `all`: all reasoning, with a placeholder where none is known, because such providers refuse assistant messages without it.
 * `none`: some servers refuse the field.
 */
export const ReasoningSentBack = z.enum(['none', 'turn', 'all'], { error: 'must be none, turn or all' });
export type ReasoningSentBack = z.infer<typeof ReasoningSentBack>;

/** Request fields that can be dropped, by their names in chat completions. `strict` is the field of tools and schemas. */
export const DroppableField = z.enum([
  'frequency_penalty',
  'logit_bias',
  'logprobs',
  'min_p',
  'parallel_tool_calls',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_retention',
  'reasoning_effort',
  'repetition_penalty',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'strict',
  'temperature',
  'tool_choice',
  'top_k',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',
  'chat_template_kwargs',
]);
export type DroppableField = z.infer<typeof DroppableField>;

/** Fields of a request for images beside the prompt, the count and the size, by their names in OpenAI's API. */
export const ImageField = z.enum([
  'quality',
  'background',
  'output_format',
  'output_compression',
  'moderation',
  'input_fidelity',
  'user',
  'partial_images',
]);
export type ImageField = z.infer<typeof ImageField>;

/** Names, in the environment as text that is separated by spaces. */
const namesOf = <Names extends Readonly<Record<string, string>>>(name: z.ZodEnum<Names>) =>
  z.union(
    [
      z.array(name),
      z
        .string()
        .transform((text) => text.split(/\s+/).filter((word) => word !== ''))
        .pipe(z.array(name)),
    ],
    { error: `must be some of ${name.options.join(', ')}, separated by spaces` },
  );

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')], {
  error: 'must be true or false',
});

const linkHandling = z.enum(['pass', 'https', 'fetch'], { error: 'must be pass, https or fetch' });

/**
 * The differences of a provider from OpenAI's chat completions. The names are those of the operator's setting `PROVIDER_QUIRKS`, which gives
 * values as text.
 */
export const ProviderQuirks = z.object({
  /** Whether `stream_options: {include_usage: true}` is sent. */
  stream_options: flag,
  /** The field that limits the tokens of an answer. */
  max_tokens_field: z.enum(['max_tokens', 'max_completion_tokens'], {
    error: 'must be max_tokens or max_completion_tokens',
  }),
  /** Fields that the provider refuses. As text, separated by spaces. */
  drop_fields: namesOf(DroppableField),
  /** The most specific response format of the provider. With `json_object` a schema is put into the system message. */
  response_format: z.enum(['json_schema', 'json_object'], { error: 'must be json_schema or json_object' }),
  /** `merge`: one system message at the beginning; later ones become user text. Many chat templates accept no other order. */
  system_messages: z.enum(['keep', 'merge'], { error: 'must be keep or merge' }),
  /** `keep`: messages of developers keep their role; `system`: they become system messages. */
  developer_messages: z.enum(['keep', 'system'], { error: 'must be keep or system' }),
  /** `join`: consecutive user messages become one, for templates that require alternating roles. */
  user_messages: z.enum(['keep', 'join'], { error: 'must be keep or join' }),
  /** `false`: an assistant message must stand between a tool message and a user message. */
  user_after_tool: flag,
  /** The form of tool call ids. `forty`: at most forty characters (OpenAI). `nine`: nine letters and digits (Mistral). */
  tool_call_ids: z.enum(['any', 'forty', 'nine'], { error: 'must be any, forty or nine' }),
  /** Where images of a tool's output go: `tool`, into the tool message; `user`, into a user message after all tool messages. */
  tool_images: z.enum(['tool', 'user'], { error: 'must be tool or user' }),
  /** `pass`: the provider downloads images by their URLs; `fetch`: this service does, and sends the data; `https`: it does so for http URLs only. */
  image_links: linkHandling,
  /** The same for files. */
  file_links: linkHandling,
  /** The content part for a file: OpenAI's `file`, or Mistral's `document_url`. */
  file_part: z.enum(['file', 'document_url'], { error: 'must be file or document_url' }),
  /** Where reasoning is sent back: in a field of the message, or as content parts (Mistral). */
  thoughts: z.enum(['field', 'parts'], { error: 'must be field or parts' }),
  reasoning_sent_back: ReasoningSentBack,
  /** Whether `thinking: {type}` switches reasoning on and off. */
  thinking_switch: flag,
  /** Whether its Responses API has custom tools, whose input is free text. */
  custom_tools: flag,
  /** Whether the provider makes images. */
  images: flag,
  /** Where it makes them: at OpenAI's path, or at the model's own path (Fireworks). */
  image_path: z.enum(['generations', 'workflows'], { error: 'must be generations or workflows' }),
  /** The `response_format` that asks for the bytes of images. `none`: the field is not sent. */
  image_bytes: z.enum(['none', 'b64_json', 'base64'], { error: 'must be none, b64_json or base64' }),
  /** How the size of an image is written: as `size`, as `width` and `height`, or as the nearest `aspect_ratio`. `none`: it is not sent. */
  image_size: z.enum(['size', 'width_height', 'aspect_ratio', 'none'], {
    error: 'must be size, width_height, aspect_ratio or none',
  }),
  /** How images to edit are sent: in a form, in JSON (xAI), or as `image_url` beside the prompt (Together). `none`: the provider edits none. */
  image_edits: z.enum(['form', 'json', 'image_url', 'none'], {
    error: 'must be form, json, image_url or none',
  }),
  /** Other fields of a request for images that the provider takes. As text, separated by spaces. */
  image_fields: namesOf(ImageField),
  /** The texts that one embedding request may have; more are sent in several. */
  embedding_texts_max: z.coerce
    .number({ error: 'must be a number' })
    .int('must be a whole number')
    .min(1, 'must be at least 1'),
});
export type ProviderQuirks = z.infer<typeof ProviderQuirks>;

/** The provider's value of `reasoning_effort` for each of ours. Null: not sent. An effort without an entry is sent unchanged. */
export type EffortWords = Partial<Record<ReasoningEffort, string | null>>;

/** Some quirks, as a row of the table or the operator gives them. */
export type QuirkChanges = Partial<ProviderQuirks> & { efforts?: EffortWords };

/** Quirks of single models. */
export interface ModelRule {
  /** Matches the provider's name of the model. */
  names: RegExp;
  quirks: QuirkChanges;
}

/** All quirks for one model. */
export type ModelQuirks = ProviderQuirks & { efforts: EffortWords };

/** The quirks of an unknown provider: what most servers with a chat template accept. */
export const plainQuirks: ModelQuirks = {
  stream_options: true,
  max_tokens_field: 'max_tokens',
  drop_fields: [],
  response_format: 'json_schema',
  system_messages: 'merge',
  developer_messages: 'system',
  user_messages: 'keep',
  user_after_tool: true,
  tool_call_ids: 'any',
  tool_images: 'user',
  image_links: 'pass',
  file_links: 'fetch',
  file_part: 'file',
  thoughts: 'field',
  reasoning_sent_back: 'turn',
  thinking_switch: false,
  custom_tools: false,
  images: true,
  image_path: 'generations',
  image_bytes: 'b64_json',
  image_size: 'size',
  image_edits: 'form',
  image_fields: ['quality', 'background', 'output_format', 'output_compression', 'input_fidelity', 'user'],
  embedding_texts_max: 2_048,
  efforts: {},
};
