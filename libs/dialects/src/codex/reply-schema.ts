import { z } from 'zod';
import { Response } from '../openai/replies/response.ts';

/*
 * The dialect's replies where they differ from those of the openai dialect.
 */

const ofStream = { sequence_number: z.int().nonnegative() };
const ofResponse = { ...ofStream, response: z.looseObject({ id: z.string() }) };

const OutputTextDelta = z.looseObject({
  type: z.literal('response.output_text.delta'),
  ...ofResponse,
  delta: z.looseObject({
    role: z.literal('assistant'),
    content: z.array(z.looseObject({ type: z.literal('output_text'), text: z.string() })),
  }),
});

const ToolCall = z.looseObject({
  type: z.literal('tool_call'),
  id: z.string(),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
  status: z.enum(['in_progress', 'completed']),
});

/** One event of a stream. */
export const StreamEvent = z.union([
  OutputTextDelta,
  z.looseObject({
    type: z.enum([
      'response.created',
      'response.queued',
      'response.in_progress',
      'response.completed',
      'response.incomplete',
      'response.failed',
      'response.cancelled',
    ]),
    ...ofStream,
    response: Response,
  }),
  z.looseObject({
    type: z.literal('response.tool_call.delta'),
    ...ofResponse,
    /** JSON text of a list of tool calls. */
    delta: z.string(),
  }),
  z.looseObject({ type: z.literal('response.tool_call.completed'), ...ofResponse, tool_call: ToolCall }),
  z.looseObject({ type: z.literal('response.ping'), ...ofStream, timestamp: z.int() }),
]);

export const ToolOutputTaken = z.looseObject({ id: z.string(), status: z.literal('in_progress') });
