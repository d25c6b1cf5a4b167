import { z } from 'zod';

/*
 * The dialect's replies. Objects may have more fields than those named here: replies grow, and clients must accept that.
 */

const json = z.record(z.string(), z.unknown());
const status = z.enum(['processing', 'interrupted', 'completed', 'error', 'cancelled']);
const content = z.array(z.looseObject({ type: z.literal('text'), text: z.string() }));

export const Usage = z.looseObject({
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative(),
  total_tokens: z.int().nonnegative(),
});

export const ToolCall = z.looseObject({
  id: z.string(),
  name: z.string(),
  args: json,
  type: z.literal('tool_call'),
});

/** One entry of a turn. */
export const Message = z.discriminatedUnion('role', [
  z.looseObject({ id: z.string(), role: z.literal('human'), content }),
  z.looseObject({
    id: z.string(),
    role: z.literal('assistant'),
    content,
    tool_calls: z.array(ToolCall).nullable(),
    /** Calls whose arguments are no JSON object. */
    invalid_tool_calls: z.array(json),
    finish_reason: z.string().nullable(),
    usage: Usage.nullable(),
  }),
  z.looseObject({
    id: z.string(),
    role: z.literal('tool'),
    content,
    tool_call_id: z.string(),
    tool_name: z.string().nullable(),
    status: z.enum(['success', 'error']),
  }),
]);

/** A call that waits for a human's decision. */
export const Interrupt = z.looseObject({
  type: z.literal('tool_call'),
  tool_call_id: z.string(),
  action: z.literal('pending'),
  args: z.looseObject({
    value: z.array(
      z.looseObject({
        action_request: z.looseObject({ action: z.string(), args: json }),
        config: z.looseObject({
          allow_accept: z.boolean(),
          allow_edit: z.boolean(),
          allow_respond: z.boolean(),
        }),
        description: z.string(),
      }),
    ),
  }),
});
const interrupts = z.array(Interrupt).nullable();

export const Response = z.looseObject({
  id: z.string(),
  conversation_id: z.string().nullable(),
  previous_response_id: z.string().nullable(),
  model: z.string(),
  output: z.array(Message),
  created_at: z.iso.datetime(),
  status,
  interrupts,
  metadata: z
    .looseObject({
      error: z.string().nullable(),
      cache_hit: z.boolean(),
      processing_time_ms: z.number(),
    })
    .nullable(),
  usage: Usage,
});

export const Messages = z.array(Message);

export const Decisions = z.looseObject({
  decisions: z.array(
    z.looseObject({
      tool_call_id: z.string(),
      tool_name: z.string(),
      decision: z.enum(['accept', 'reject', 'edit', 'feedback', 'output']),
      proposed_args: z.unknown(),
      run_args: z.unknown().nullable(),
      message: z.string().nullable(),
      decided_by: z.string(),
      decided_at: z.iso.datetime(),
    }),
  ),
});

export const ConversationList = z.looseObject({
  conversations: z.array(
    z.looseObject({
      id: z.string(),
      preview: z.string(),
      status: status.nullable(),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    }),
  ),
  has_more: z.boolean(),
});

export const Conversation = z.looseObject({
  id: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  status: status.nullable(),
  last_response_id: z.string().nullable(),
  interrupts,
  messages: Messages,
  has_more: z.boolean(),
});

/** The body of a refusal: a sentence, or the faults of the request, field by field. */
export const ErrorReply = z.looseObject({
  detail: z.union([
    z.string(),
    z.array(
      z.looseObject({
        loc: z.array(z.union([z.string(), z.int()])),
        msg: z.string(),
        type: z.string(),
      }),
    ),
  ]),
});

const eventFields = {
  'response.created': { id: z.string(), conversation_id: z.string().nullable() },
  'response.resumed': { id: z.string(), conversation_id: z.string().nullable() },
  'response.message': { content: z.string(), role: z.literal('assistant') },
  'response.output_text.delta': { content: z.string() },
  'response.output_tool_calls.delta': { tool_calls: z.array(json) },
  'response.output_tool_calls.complete': { tool_calls: z.array(ToolCall) },
  'response.tool': {
    tool_call_id: z.string(),
    tool_name: z.string().nullable(),
    status: z.enum(['success', 'error']),
    content: z.string(),
    args: json,
  },
  'response.interrupt': { interrupts },
  /** A call of a run that stays open was decided. */
  'response.tool_decision': {
    tool_call_id: z.string(),
    tool_name: z.string().nullable(),
    decision: z.enum(['accept', 'reject', 'edit', 'feedback']),
    /** The arguments to run; null where the tool does not run. */
    args: json.nullable(),
    message: z.string().nullable(),
    decided_by: z.string(),
    decided_at: z.iso.datetime(),
  },
  'response.error': { error: z.string() },
  'response.completed': { usage: Usage, status },
};

/** One event of a stream. */
export const StreamEvent = z.union(
  Object.entries(eventFields).map(([type, fields]: [string, z.ZodRawShape]) =>
    z.looseObject({
      type: z.literal(type),
      /** In the streams of background responses: the same in each of them and in both forms, of which each leaves out some. */
      sequence_number: z.int().nonnegative().optional(),
      ...fields,
    }),
  ),
);
