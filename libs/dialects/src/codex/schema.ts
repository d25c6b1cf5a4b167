import { z } from 'zod';

/** The body that sends the output of the caller's tool. An unknown field is ignored. */
export const ToolOutput = z.object({
  /** The call's `id` or its `call_id`. */
  tool_call_id: z.string().min(1).max(128),
  /** Text, or a list of content parts. */
  output: z.unknown().optional(),
});

/** The query of a retrieve, beside that of the openai dialect. */
export const WaitQuery = z.object({ wait: z.string().max(32).optional() });
