import { JsonObject, JsonValue } from '@antiphon/contracts';
import { z } from 'zod';
import { ModelName } from '../common/model-name.ts';

/** An id in a request. */
const Id = z.string().min(1).max(128);

const Conversation = z.union([Id, z.object({ id: Id })], {
  error: 'must be a conversation id or an object with an "id"',
});

/** A field that would change the answer, and that this server does not support. */
export const refused = (why: string) =>
  z
    .unknown()
    .refine((value) => value === undefined || value === null, why)
    .optional()
    .describe(`Refused: ${why}`);

/** A field of the stock clients that does not change the answer here. */
export const ignored = (why: string) => z.unknown().optional().describe(`Ignored: ${why}`);

/** Which contexts may call a tool. Here only the model calls tools, so it must be among them. */
export const AllowedCallers = z
  .array(z.enum(['direct', 'programmatic']))
  .refine(
    (callers) => callers.includes('direct'),
    'must have "direct", or be left out: only the model calls tools here, programs do not',
  );

const Effort = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);
const Summary = z.enum(['auto', 'concise', 'detailed']);
export const ReasoningOptions = z.object({
  effort: Effort.nullish(),
  // A wish: which thoughts the model reads again depends on its provider.
  context: z.enum(['auto', 'current_turn', 'all_turns']).nullish(),
  mode: z.literal('standard').nullish(),
  summary: Summary.nullish(),
  generate_summary: Summary.nullish(),
});

/** The optional parts of items in replies. */
const Includable = z.enum([
  'message.output_text.logprobs',
  'reasoning.encrypted_content',
  'message.input_image.image_url',
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'code_interpreter_call.outputs',
  'computer_call_output.output.image_url',
]);
export const Include = z.array(Includable);

/** The caller's own data of a response or a conversation. */
export const Metadata = z
  .record(z.string(), z.string().max(512))
  .refine((metadata) => Object.keys(metadata).length <= 16, 'must have at most 16 keys')
  .refine(
    (metadata) => Object.keys(metadata).every((key) => key.length <= 64),
    'must have keys of at most 64 characters',
  );
/** The prompt of a create. Variables are any JSON; some are content parts. */
export const PromptReference = z.object({
  id: Id,
  version: z
    .union(
      [z.string().regex(/^\d{1,9}$/, 'must be the number of a version'), z.int().min(1).max(999_999_999)],
      {
        error: 'must be the number of a version',
      },
    )
    .nullish(),
  variables: JsonObject.nullish(),
});

export const NamesPrompt = z.object({ prompt: PromptReference.nullish() });

export const TextOptions = z.object({
  format: z.unknown().optional(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
});

export const StreamOptions = z.object({
  // Accepted without effect: events are not padded.
  include_obfuscation: z.boolean().nullish(),
});

export const PromptCacheOptions = z.object({
  prewarm: z.literal(false, 'must be left out, or false: a response generates output').nullish(),
  mode: ignored('the provider decides what it caches'),
  ttl: ignored('the provider decides for how long it caches'),
  comparison_response_id: ignored('it asks for diagnostics beside the answer'),
});

/**
 * The body of a create. A field that is null counts as absent. Every field of the stock clients is here, some of them refused or ignored
 * (`stock-fields.spec.ts`); other fields are ignored.
 */
export const CreateRequest = z.object({
  model: ModelName,
  input: JsonValue.nullish(),
  instructions: z.string().nullish(),
  tools: z.array(z.unknown()).max(128).nullish(),
  tool_choice: z.unknown().optional(),
  text: TextOptions.nullish(),
  reasoning: z.union([z.boolean(), ReasoningOptions]).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.int().min(1).nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  include: Include.nullish(),
  service_tier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast']).nullish(),
  safety_identifier: z.string().max(512).nullish(),
  prompt_cache_key: z.string().max(512).nullish(),
  prompt_cache_retention: z.string().max(64).nullish(),
  prompt_cache_options: PromptCacheOptions.nullish(),
  stream: z.boolean().nullish(),
  stream_options: StreamOptions.nullish(),
  background: z.boolean().nullish(),
  /**
   * What a background response does with calls that need approval. `return` (default), as at OpenAI: it completes, and the next response decides.
   * `wait`: it stays in progress, with its stream open, until each is decided by `POST /v1/approvals/{id}/decide`, and goes on itself.
   */
  on_approval: z.enum(['return', 'wait']).nullish(),
  store: z.boolean().nullish(),
  previous_response_id: Id.nullish(),
  conversation: Conversation.nullish(),
  prompt: PromptReference.nullish(),
  // Answers are text: a request for audio and text gets the text.
  modalities: z
    .array(z.enum(['text', 'audio']))
    .refine((modalities) => modalities.includes('text'), 'must have "text": answers are text')
    .nullish(),
  metadata: Metadata.nullish(),
  user: z.string().max(512).nullish(),
  context_management: refused('must be left out: contexts are compacted by POST /v1/responses/compact'),
  moderation: refused('must be left out: this server moderates nothing'),
  access_programs: refused('must be left out: this server has none'),
  image: refused('must be left out: answers are text'),
  multi_agent: refused('must be left out: a response is the work of one agent here'),
  betas: ignored('the stock client sends it as a header'),
  // Fields of chat completions that responses do not have. Ignoring one would change the answer silently.
  messages: refused('must be left out: send "input"'),
  response_format: refused('must be left out: send "text.format"'),
  functions: refused('must be left out: send "tools"'),
  function_call: refused('must be left out: send "tool_choice"'),
  stop: refused('must be left out: responses have no stop sequences'),
  logit_bias: refused('must be left out: responses have no bias of tokens'),
  n: z.literal(1, 'must be left out, or 1: a response is one answer').nullish(),
});
export type CreateRequest = z.infer<typeof CreateRequest>;

/** Clients write a list in a URL with brackets. */
const IncludeList = z.union([Includable, Include], {
  error: `must name one of ${Includable.options.join(', ')}`,
});
export const IncludeQuery = z.object({
  include: IncludeList.optional(),
  'include[]': IncludeList.optional(),
});

/** The optional parts of items that a query asks for. */
export function includedIn(query: z.output<typeof IncludeQuery>): string[] {
  return [query.include ?? [], query['include[]'] ?? []].flat();
}

/** The query of a retrieve. */
export const RetrieveQuery = IncludeQuery.extend({
  stream: z.enum(['true', 'false']).optional(),
  include_obfuscation: z.enum(['true', 'false']).optional(),
  starting_after: z
    .string({ error: 'must be a whole number that is not negative' })
    .regex(/^\d{1,15}$/, 'must be a whole number that is not negative')
    .optional(),
});

/** The `text.format` of a create. */
export const JsonSchemaFormat = z.object({
  type: z.literal('json_schema'),
  name: z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, dashes or underscores'),
  description: z.string().nullish(),
  schema: JsonObject,
  strict: z.boolean().nullish(),
});

export const Typed = z.object({ type: z.string() });
