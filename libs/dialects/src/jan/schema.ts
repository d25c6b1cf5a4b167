import { JsonObject, JsonValue } from '@antiphon/contracts';
import { z } from 'zod';
import { ModelName } from '../common/model-name.ts';

/** An id in a request. */
const Id = z.string().min(1).max(128);

const Conversation = z.union([Id, z.object({ id: Id })], {
  error: 'must be a conversation id or an object with an "id"',
});

/**
 * The body of a create. A field that is null counts as absent, an unknown field is ignored.
 *
 * `tools` lists the tools that the model may use. Absent: all server tools. An entry without `parameters` is a
 * server tool by name: `"google_search"`, `{"type":"google_search"}`, `{"type":"function","function":{"name":"google_search"}}`.
 * A function with `parameters` is the caller's own: the run pauses when the model calls it. An entry of the type `mcp` is an MCP server
 * as in OpenAI's API, with `require_approval: "never"`. An empty array offers none. An unknown name is refused.
 */
export const CreateRequest = z.object({
  model: ModelName,
  input: JsonValue,
  system_prompt: z.string().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  max_tokens: z.int().min(1).nullish(),
  stream: z.boolean().nullish(),
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  tools: z.array(z.unknown()).max(128).nullish(),
  tool_choice: z.unknown().optional(),
  previous_response_id: Id.nullish(),
  conversation: Conversation.nullish(),
  metadata: JsonObject.nullish(),
  /** The caller's name for the end user. Checked and otherwise ignored: the user is the token's subject. */
  user: z.string().nullish(),
});
export type CreateRequest = z.infer<typeof CreateRequest>;

/** The keys of `metadata` that the server reads. The others are the caller's own. */
export const ServerMetadata = z.object({
  max_depth: z.int().min(1).max(15).nullish(),
  webhook_url: z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s]+$/i, 'must be an http or https URL')
    .nullish(),
});

/** A message of `input`, in the form of chat completions. */
export const Message = z.object({
  role: z.enum(['user', 'assistant', 'system', 'developer', 'tool']),
  content: z.unknown().optional(),
});

export const ToolMessage = z.object({ tool_call_id: Id });

export const AssistantToolCalls = z.object({
  tool_calls: z
    .array(
      z.object({ id: Id, function: z.object({ name: z.string().min(1).max(128), arguments: z.string() }) }),
    )
    .max(128)
    .nullish(),
});
