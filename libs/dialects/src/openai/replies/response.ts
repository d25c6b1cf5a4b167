import { pageOf } from '@antiphon/contracts';
import { z } from 'zod';
import { ResponseError } from './error.ts';
import { Item } from './item.ts';
import { Tool } from './tool.ts';

const unixTime = z.int().nonnegative();
const json = z.record(z.string(), z.unknown());

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
  tools: z.array(Tool),
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
  provider: z
    .string()
    .optional()
    .describe("The operator's name for the provider of the last answer; not a field of OpenAI"),
});

export const Deleted = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  deleted: z.literal(true),
});

export const ResponseList = pageOf(Response);
