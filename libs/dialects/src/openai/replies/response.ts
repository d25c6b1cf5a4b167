import { ApprovalPolicy, pageOf } from '@antiphon/contracts';
import { z } from 'zod';
import { ResponseError } from './error.ts';
import { Item } from './item.ts';

const unixTime = z.int().nonnegative();
const json = z.record(z.string(), z.unknown());

const FunctionTool = z.looseObject({
  type: z.literal('function'),
  name: z.string(),
  description: z.string().nullable(),
  parameters: json.nullable(),
  strict: z.boolean().nullable(),
});
/** A setting that is null has the server's default. */
const McpTool = z.looseObject({
  type: z.literal('mcp'),
  server_label: z.string(),
  server_url: z.string().optional(),
  headers: z.null().optional(),
  allowed_tools: z.union([z.array(z.string()), json]).nullable(),
  require_approval: z.union([ApprovalPolicy, json]).nullable(),
});

/** The tool types of the API, as the request declares them. */
const CustomTool = z.looseObject({ type: z.literal('custom'), name: z.string() });
const WebSearchTool = z.looseObject({
  type: z.enum([
    'web_search',
    'web_search_2025_08_26',
    'web_search_preview',
    'web_search_preview_2025_03_11',
  ]),
});
const FileSearchTool = z.looseObject({
  type: z.literal('file_search'),
  vector_store_ids: z.array(z.string()),
});

const CodeInterpreterTool = z.looseObject({
  type: z.literal('code_interpreter'),
  container: z.union([z.string(), z.looseObject({ type: z.literal('auto') })]),
});

const ClientTool = z.looseObject({
  type: z.enum(['local_shell', 'shell', 'apply_patch', 'computer', 'computer_use_preview', 'computer_use']),
});
const ImageGenerationTool = z.looseObject({ type: z.literal('image_generation') });

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

/** The response object. Nullable is not optional: it always has every field. */
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
  tools: z.array(
    z.discriminatedUnion('type', [
      FunctionTool,
      McpTool,
      CustomTool,
      ClientTool,
      WebSearchTool,
      FileSearchTool,
      ImageGenerationTool,
      CodeInterpreterTool,
    ]),
  ),
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
  /** What was left out of the request. */
  warnings: z.array(z.string()).optional(),
  prompt: z.looseObject({ id: z.string(), version: z.string(), variables: json }).optional(),
});

export const Deleted = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  deleted: z.literal(true),
});

export const ResponseList = pageOf(Response);
