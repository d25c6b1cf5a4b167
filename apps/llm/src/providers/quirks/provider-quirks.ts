import type { ModelSettings } from '@antiphon/contracts';
import { z } from 'zod';

export type ReasoningEffort = NonNullable<ModelSettings['reasoningEffort']>;

/**
 * Which of its thoughts a model is shown again. `turn`: those since the user last spoke, which led to the calls that the model now reads
 * the outputs of. `all`: every one, and a placeholder where none is known, since a provider that wants all of them refuses messages
 * without. `none`: some servers refuse the field.
 */
export const ReasoningSentBack = z.enum(['none', 'turn', 'all'], { error: 'must be none, turn or all' });
export type ReasoningSentBack = z.infer<typeof ReasoningSentBack>;

/** Request fields that can be left out, by their names in chat completions. `strict` is that of tools and schemas. */
export const DroppableField = z.enum(
  [
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
  ],
  { error: 'is no field that can be left out' },
);
export type DroppableField = z.infer<typeof DroppableField>;

const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((word) => word === 'true')], {
  error: 'must be true or false',
});

/**
 * How a provider departs from OpenAI's chat completions. The names are those of the operator's setting `PROVIDER_QUIRKS`; every value can
 * also be written as text.
 */
export const ProviderQuirks = z.object({
  /** Whether `stream_options: {include_usage: true}` is sent. */
  stream_options: flag,
  /** What limits the answer's tokens. */
  max_tokens_field: z.enum(['max_tokens', 'max_completion_tokens'], {
    error: 'must be max_tokens or max_completion_tokens',
  }),
  /** Fields that are left out since the provider refuses them. As text: separated by spaces. */
  drop_fields: z.union([
    z.array(DroppableField),
    z
      .string()
      .transform((text) => text.split(/\s+/).filter((name) => name !== ''))
      .pipe(z.array(DroppableField)),
  ]),
  /** What the provider makes of a schema for the answer; `json_object` puts the schema into the system message. */
  response_format: z.enum(['json_schema', 'json_object'], { error: 'must be json_schema or json_object' }),
  /** `merge`: one system message, the first; later ones become text of the user. Many chat templates take no other order. */
  system_messages: z.enum(['keep', 'merge'], { error: 'must be keep or merge' }),
  /** `join`: messages of the user in a row become one, for templates that insist on alternating roles. */
  user_messages: z.enum(['keep', 'join'], { error: 'must be keep or join' }),
  /** `false`: a message of the assistant must stand between a tool's output and a message of the user. */
  user_after_tool: flag,
  /** `nine`: ids of tool calls are nine letters and digits. */
  tool_call_ids: z.enum(['any', 'nine'], { error: 'must be any or nine' }),
  /** Where images of a tool's output go: `tool`, into its message; `user`, into a message of the user after the outputs. */
  tool_images: z.enum(['tool', 'user'], { error: 'must be tool or user' }),
  /** Whether the provider gets images by their links itself; `fetch`: this service does, and sends the data. */
  image_links: z.enum(['pass', 'fetch'], { error: 'must be pass or fetch' }),
  /** The same for files. A provider that takes links takes them as `document_url`. */
  file_links: z.enum(['pass', 'fetch'], { error: 'must be pass or fetch' }),
  /** How a file is spelled: OpenAI's `file`, or Mistral's `document_url`. */
  file_part: z.enum(['file', 'document_url'], { error: 'must be file or document_url' }),
  /** Where thoughts go back: a field of the message, or parts of its content (Mistral). */
  thoughts: z.enum(['field', 'parts'], { error: 'must be field or parts' }),
  reasoning_sent_back: ReasoningSentBack,
  /** Whether `thinking: {type}` says if the model thinks at all. */
  thinking_switch: flag,
});
export type ProviderQuirks = z.infer<typeof ProviderQuirks>;

/** Our words for efforts in the provider's own; null is not sent, and what is not named goes as it is. */
export type EffortWords = Partial<Record<ReasoningEffort, string | null>>;

/** What a row of the table, or the operator, says: the rest is as `plainQuirks` has it. */
export type QuirkChanges = Partial<ProviderQuirks> & { efforts?: EffortWords };

/** The quirks for one model. */
export type ModelQuirks = ProviderQuirks & { efforts: EffortWords };

/** For a provider that is not known: what most servers with a chat template take. */
export const plainQuirks: ModelQuirks = {
  stream_options: true,
  max_tokens_field: 'max_tokens',
  drop_fields: [],
  response_format: 'json_schema',
  system_messages: 'merge',
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
  efforts: {},
};
