import { z } from 'zod';
import { runErrorCodes } from '../errors.ts';

/*
 * What the dialect answers. Objects may have fields beside those that are named here: replies grow, and clients are to expect it.
 */

const unixTime = z.int().nonnegative();
const status = z.enum(['in_progress', 'completed', 'incomplete', 'failed']);
const json = z.record(z.string(), z.unknown());

const likelyToken = { token: z.string(), logprob: z.number(), bytes: z.array(z.int()) };
const TokenLogprob = z.looseObject({
  ...likelyToken,
  top_logprobs: z.array(z.looseObject(likelyToken)),
});
const logprobs = z.array(TokenLogprob);

const UrlCitation = z.looseObject({
  type: z.literal('url_citation'),
  url: z.string(),
  title: z.string(),
  start_index: z.int().nonnegative(),
  end_index: z.int().nonnegative(),
});
const OutputText = z.looseObject({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(UrlCitation),
  logprobs,
});
const Refusal = z.looseObject({ type: z.literal('refusal'), refusal: z.string() });
const InputText = z.looseObject({ type: z.literal('input_text'), text: z.string() });
const InputImage = z.looseObject({
  type: z.literal('input_image'),
  image_url: z.string().nullable(),
  detail: z.string(),
});
const InputFile = z.looseObject({
  type: z.literal('input_file'),
  filename: z.string().optional(),
  file_data: z.string().optional(),
  file_url: z.string().optional(),
});
const InputAudio = z.looseObject({
  type: z.literal('input_audio'),
  input_audio: z.looseObject({ data: z.string(), format: z.string() }),
});

/** A part of a message or of a tool's output. */
export const ContentPart = z.discriminatedUnion('type', [
  OutputText,
  Refusal,
  InputText,
  InputImage,
  InputFile,
  InputAudio,
]);

const Message = z.looseObject({
  type: z.literal('message'),
  id: z.string().min(1),
  status,
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.array(ContentPart),
});
const FunctionCall = z.looseObject({
  type: z.literal('function_call'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1),
  name: z.string(),
  arguments: z.string(),
});
const FunctionCallOutput = z.looseObject({
  type: z.literal('function_call_output'),
  id: z.string().min(1),
  status,
  call_id: z.string().min(1),
  output: z.union([z.string(), z.array(ContentPart)]),
});
const SummaryText = z.looseObject({ type: z.literal('summary_text'), text: z.string() });
const ReasoningText = z.looseObject({ type: z.literal('reasoning_text'), text: z.string() });
/** `content` is the thought in the clear; where the request asks for a summary, `summary` stands in its place. */
const Reasoning = z.looseObject({
  type: z.literal('reasoning'),
  id: z.string().min(1),
  status: status.optional(),
  summary: z.array(SummaryText),
  content: z.array(ReasoningText).optional(),
  encrypted_content: z.string().optional(),
});
const McpListTools = z.looseObject({
  type: z.literal('mcp_list_tools'),
  id: z.string().min(1),
  server_label: z.string(),
  tools: z.array(
    z.looseObject({
      name: z.string(),
      description: z.string(),
      input_schema: json,
      annotations: json,
    }),
  ),
  left_out: z.array(z.looseObject({ name: z.string(), reason: z.string() })).optional(),
  error: z.string().optional(),
});
const McpCall = z.looseObject({
  type: z.literal('mcp_call'),
  id: z.string().min(1),
  status,
  server_label: z.string(),
  name: z.string(),
  arguments: z.string(),
  output: z.string().nullable(),
  error: z.unknown().nullable(),
  approval_request_id: z.string().nullable(),
});
const McpApprovalRequest = z.looseObject({
  type: z.literal('mcp_approval_request'),
  id: z.string().min(1),
  server_label: z.string(),
  name: z.string(),
  arguments: z.string(),
});
const McpApprovalResponse = z.looseObject({
  type: z.literal('mcp_approval_response'),
  id: z.string().min(1),
  approval_request_id: z.string(),
  approve: z.boolean(),
  reason: z.string().nullable(),
});
const Compaction = z.looseObject({
  type: z.literal('compaction'),
  id: z.string().min(1),
  encrypted_content: z.string(),
});

/** One entry of a response's output or of its context. */
export const Item = z.discriminatedUnion('type', [
  Message,
  FunctionCall,
  FunctionCallOutput,
  Reasoning,
  McpListTools,
  McpCall,
  McpApprovalRequest,
  McpApprovalResponse,
  Compaction,
]);

const FunctionTool = z.looseObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullable(),
  parameters: json.nullable(),
  strict: z.boolean().nullable(),
});
/** What is null is as the server has it. */
const McpTool = z.looseObject({
  type: z.literal('mcp'),
  server_label: z.string(),
  server_url: z.string().optional(),
  headers: z.null().optional(),
  allowed_tools: z.union([z.array(z.string()), json]).nullable(),
  require_approval: z.union([z.enum(['always', 'never']), json]).nullable(),
});

export const Usage = z.looseObject({
  input_tokens: z.int().nonnegative(),
  input_tokens_details: z.looseObject({
    cached_tokens: z.int().nonnegative(),
    cache_write_tokens: z.int().nonnegative(),
  }),
  output_tokens: z.int().nonnegative(),
  output_tokens_details: z.looseObject({ reasoning_tokens: z.int().nonnegative() }),
  total_tokens: z.int().nonnegative(),
});

/** Why a run failed. `reason` says more closely than `code` what did. */
const ResponseError = z.looseObject({
  type: z.string(),
  code: z.enum(runErrorCodes),
  message: z.string(),
  reason: z.string(),
});

/** The response object. Nullable is not optional: every field is always there. */
export const Response = z.looseObject({
  id: z.string().min(1),
  object: z.literal('response'),
  created_at: unixTime,
  created: unixTime,
  completed_at: unixTime.nullable(),
  cancelled_at: unixTime.optional(),
  status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'failed', 'cancelled']),
  incomplete_details: z.looseObject({ reason: z.string() }).nullable(),
  error: ResponseError.nullable(),
  model: z.string(),
  instructions: z.string().nullable(),
  output: z.array(Item),
  previous_response_id: z.string().nullable(),
  conversation: z.looseObject({ id: z.string() }).nullable(),
  tools: z.array(z.discriminatedUnion('type', [FunctionTool, McpTool])),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })]),
  parallel_tool_calls: z.boolean(),
  text: z.looseObject({
    format: z.looseObject({ type: z.enum(['text', 'json_object', 'json_schema']) }),
    verbosity: z.enum(['low', 'medium', 'high']).optional(),
  }),
  reasoning: z.looseObject({ effort: z.string().nullable(), summary: z.string().nullable() }).nullable(),
  temperature: z.number(),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: z.int(),
  max_output_tokens: z.int().nullable(),
  max_tool_calls: z.int().nullable(),
  truncation: z.enum(['auto', 'disabled']),
  usage: Usage.nullable(),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: z.string(),
  metadata: z.record(z.string(), z.string()),
  safety_identifier: z.string().nullable(),
  prompt_cache_key: z.string().nullable(),
  prompt_cache_retention: z.string().optional(),
  user: z.string().optional(),
  prompt: z.looseObject({ id: z.string(), version: z.string(), variables: json }).optional(),
});

export const Deleted = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  deleted: z.literal(true),
});

export const ItemList = pageOf(Item);

export const ResponseList = pageOf(Response);

/** The next page begins `after` the `last_id` of this one. */
function pageOf(entry: z.ZodType) {
  return z.looseObject({
    object: z.literal('list'),
    data: z.array(entry),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}

export const Conversation = z.looseObject({
  id: z.string().min(1),
  object: z.literal('conversation'),
  created_at: unixTime,
  metadata: z.record(z.string(), z.string()),
});

export const ConversationDeleted = z.looseObject({
  id: z.string(),
  object: z.literal('conversation.deleted'),
  deleted: z.literal(true),
});

export const InputTokens = z.looseObject({
  object: z.literal('response.input_tokens'),
  input_tokens: z.int().nonnegative(),
});

/** What to send in place of the context that was compacted. */
export const CompactedContext = z.looseObject({
  id: z.string().min(1),
  object: z.literal('response.compaction'),
  created_at: unixTime,
  output: z.array(Item),
  usage: Usage,
});

const Failure = z.looseObject({
  message: z.string(),
  type: z.string(),
  code: z.string().nullable(),
  param: z.string().nullable(),
  retry_after: z.int().nonnegative().optional(),
});

/** The body of a refusal. */
export const ErrorReply = z.looseObject({ error: Failure });

/** What goes wrong on a WebSocket. */
export const SocketError = z.looseObject({ type: z.literal('error'), status: z.int(), error: Failure });

const ofItem = { item_id: z.string(), output_index: z.int().nonnegative() };
const ofPart = { ...ofItem, content_index: z.int().nonnegative() };
const ofSummary = { ...ofItem, summary_index: z.int().nonnegative() };

const eventFields = {
  'response.created': { response: Response },
  'response.queued': { response: Response },
  'response.in_progress': { response: Response },
  'response.completed': { response: Response },
  'response.incomplete': { response: Response },
  'response.failed': { response: Response },
  'response.output_item.added': { output_index: z.int().nonnegative(), item: Item },
  'response.output_item.done': { output_index: z.int().nonnegative(), item: Item },
  'response.content_part.added': { ...ofPart, part: z.union([ContentPart, ReasoningText]) },
  'response.content_part.done': { ...ofPart, part: z.union([ContentPart, ReasoningText]) },
  'response.output_text.delta': { ...ofPart, delta: z.string(), logprobs },
  'response.output_text.done': { ...ofPart, text: z.string(), logprobs },
  'response.output_text.annotation.added': {
    ...ofPart,
    annotation_index: z.int().nonnegative(),
    annotation: UrlCitation,
  },
  'response.refusal.delta': { ...ofPart, delta: z.string() },
  'response.refusal.done': { ...ofPart, refusal: z.string() },
  'response.reasoning_text.delta': { ...ofPart, delta: z.string() },
  'response.reasoning_text.done': { ...ofPart, text: z.string() },
  'response.reasoning_summary_part.added': { ...ofSummary, part: SummaryText },
  'response.reasoning_summary_part.done': { ...ofSummary, part: SummaryText },
  'response.reasoning_summary_text.delta': { ...ofSummary, delta: z.string() },
  'response.reasoning_summary_text.done': { ...ofSummary, text: z.string() },
  'response.function_call_arguments.delta': { ...ofItem, delta: z.string() },
  'response.function_call_arguments.done': { ...ofItem, name: z.string(), arguments: z.string() },
  'response.mcp_list_tools.in_progress': ofItem,
  'response.mcp_list_tools.completed': ofItem,
  'response.mcp_list_tools.failed': ofItem,
  'response.mcp_call.in_progress': ofItem,
  'response.mcp_call.completed': ofItem,
  'response.mcp_call.failed': ofItem,
  'response.mcp_call_arguments.delta': { ...ofItem, delta: z.string() },
  'response.mcp_call_arguments.done': { ...ofItem, arguments: z.string() },
  /** Before `response.failed`. The same twice, since some clients read the one shape and some the other. */
  error: {
    code: z.enum(runErrorCodes),
    message: z.string(),
    param: z.string().nullable(),
    retry_after: z.int().nonnegative().optional(),
    error: ResponseError.extend({
      param: z.string().nullable(),
      retry_after: z.int().nonnegative().optional(),
    }),
  },
};

function eventSchema(type: string, fields: z.ZodRawShape) {
  return z.looseObject({ type: z.literal(type), sequence_number: z.int().nonnegative(), ...fields });
}

/** One event of a stream. */
export const StreamEvent = z.union(
  Object.entries(eventFields).map(([type, fields]) => eventSchema(type, fields)),
);
