import { z } from 'zod';

/*
 * The dialect's replies. Objects may have more fields than those named here: replies grow, and clients must accept that.
 */

const count = z.int().nonnegative();

export const Usage = z.looseObject({
  /** Without the tokens that were read from the cache and written to it. */
  input_tokens: count,
  cache_creation_input_tokens: count,
  cache_read_input_tokens: count,
  cache_creation: z.null(),
  output_tokens: count,
  output_tokens_details: z.looseObject({ thinking_tokens: count }),
  server_tool_use: z.looseObject({ web_search_requests: count, web_fetch_requests: count }).nullable(),
  service_tier: z.enum(['standard', 'priority', 'batch']).nullable(),
  inference_geo: z.null(),
  speed: z.null(),
});

export const Citation = z.looseObject({
  type: z.literal('web_search_result_location'),
  url: z.string(),
  title: z.string().nullable(),
  cited_text: z.string(),
  encrypted_index: z.string(),
});

export const TextBlock = z.looseObject({
  type: z.literal('text'),
  text: z.string(),
  citations: z.array(Citation).nullable(),
});

const Input = z.record(z.string(), z.unknown());
const caller = z.looseObject({ type: z.literal('direct') });

export const ContentBlock = z.discriminatedUnion('type', [
  TextBlock,
  z.looseObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string() }),
  z.looseObject({
    type: z.literal('tool_use'),
    id: z.string(),
    name: z.string(),
    input: Input,
    caller,
  }),
  z.looseObject({
    type: z.literal('mcp_tool_use'),
    id: z.string(),
    name: z.string(),
    server_name: z.string(),
    input: Input,
  }),
  z.looseObject({
    type: z.literal('mcp_tool_result'),
    tool_use_id: z.string(),
    is_error: z.boolean(),
    content: z.array(TextBlock),
  }),
  z.looseObject({
    type: z.literal('server_tool_use'),
    id: z.string(),
    name: z.literal('web_search'),
    input: Input,
    caller,
  }),
  z.looseObject({
    type: z.literal('web_search_tool_result'),
    tool_use_id: z.string(),
    content: z.union([
      z.array(
        z.looseObject({
          type: z.literal('web_search_result'),
          url: z.string(),
          title: z.string(),
          encrypted_content: z.string(),
          page_age: z.string().nullable(),
        }),
      ),
      z.looseObject({
        type: z.literal('web_search_tool_result_error'),
        error_code: z.enum(['max_uses_exceeded', 'unavailable']),
      }),
    ]),
    caller,
  }),
]);

const StopReason = z.enum(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'refusal']);
const stops = {
  stop_reason: StopReason.nullable(),
  stop_sequence: z.string().nullable(),
  stop_details: z
    .looseObject({ type: z.literal('refusal'), category: z.null(), explanation: z.string().nullable() })
    .nullable(),
};

export const Message = z.looseObject({
  id: z.string().min(1),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(ContentBlock),
  ...stops,
  container: z.null(),
  diagnostics: z.null(),
  usage: Usage,
});

export const TokenCount = z.looseObject({ input_tokens: count });

/** The body of a refusal, and the last event of a stream that fails. */
export const ErrorReply = z.looseObject({
  type: z.literal('error'),
  error: z.looseObject({
    type: z.string(),
    message: z.string(),
    details: z.looseObject({ error_code: z.string() }).nullable(),
  }),
  request_id: z.string().nullable(),
});

const Delta = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text_delta'), text: z.string() }),
  z.looseObject({ type: z.literal('citations_delta'), citation: Citation }),
  z.looseObject({ type: z.literal('thinking_delta'), thinking: z.string() }),
  z.looseObject({ type: z.literal('signature_delta'), signature: z.string() }),
  z.looseObject({ type: z.literal('input_json_delta'), partial_json: z.string() }),
]);

/** One event of a stream. Its `event` line has the same type. */
export const StreamEvent = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('message_start'), message: Message }),
  z.looseObject({ type: z.literal('content_block_start'), index: count, content_block: ContentBlock }),
  z.looseObject({ type: z.literal('content_block_delta'), index: count, delta: Delta }),
  z.looseObject({ type: z.literal('content_block_stop'), index: count }),
  z.looseObject({
    type: z.literal('message_delta'),
    delta: z.looseObject({ ...stops, container: z.null() }),
    usage: Usage,
  }),
  z.looseObject({ type: z.literal('message_stop') }),
  z.looseObject({ type: z.literal('ping') }),
  ErrorReply,
]);
