import { z } from 'zod';

/*
 * The dialect's replies. Objects may have more fields than those named here: replies grow, and clients must accept that.
 */

const json = z.record(z.string(), z.unknown());
/** ISO 8601 in the foreground, Unix seconds in the background. */
const time = z.union([z.int().nonnegative(), z.iso.datetime()]);

export const ToolExecution = z.looseObject({
  tool_name: z.string(),
  input: json,
  output: z.string().nullable(),
  execution_time_ms: z.int().nonnegative(),
  depth: z.int().nonnegative(),
  status: z.enum(['completed', 'failed']),
  call_id: z.string(),
});

export const Response = z.looseObject({
  id: z.string().min(1),
  model: z.string(),
  input: z.unknown(),
  output: z.string().optional(),
  status: z.enum(['queued', 'in_progress', 'completed', 'failed', 'cancelled']),
  incomplete_reason: z.string().optional(),
  background: z.boolean(),
  store: z.boolean(),
  created_at: z.iso.datetime(),
  queued_at: z.int().nonnegative().optional(),
  started_at: z.int().nonnegative().optional(),
  completed_at: time.optional(),
  cancelled_at: time.optional(),
  usage: z.looseObject({
    prompt_tokens: z.int().nonnegative(),
    completion_tokens: z.int().nonnegative(),
    total_tokens: z.int().nonnegative(),
  }),
  tool_executions: z.array(ToolExecution),
  pending_tool_calls: z
    .array(z.looseObject({ tool_name: z.string(), input: json, call_id: z.string() }))
    .optional(),
  metadata: json,
  system_prompt: z.string().optional(),
  temperature: z.number().optional(),
  max_tokens: z.int().optional(),
  previous_response_id: z.string().optional(),
  conversation: z.string().optional(),
  error: z.string().optional(),
});

export const InputItems = z.array(z.looseObject({ role: z.string(), content: z.string() }));

const Failure = z.looseObject({
  message: z.string(),
  type: z.string(),
  code: z.string(),
  retry_after: z.int().nonnegative().optional(),
});

/** The body of a refusal. */
export const ErrorReply = z.looseObject({ error: Failure });

/** One event of a stream; `[DONE]` follows the last. */
export const StreamEvent = z.union([
  z.looseObject({ delta: z.looseObject({ content: z.string() }) }),
  z.looseObject({
    tool_execution: z.looseObject({
      tool_name: z.string(),
      status: z.enum(['started', 'completed', 'failed']),
      execution_time_ms: z.int().nonnegative().optional(),
      depth: z.int().nonnegative(),
      call_id: z.string(),
    }),
  }),
  ErrorReply,
]);
