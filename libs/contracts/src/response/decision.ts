import { z } from 'zod';
import { ContentPart } from './item.ts';

/**
 * A caller's decision about one pending call. The forms of all dialects (tool decisions, approval responses, function outputs, tool outputs)
 * are decoded into it.
 */
export const Decision = z.discriminatedUnion('action', [
  /** Run it as proposed. */
  z.object({ callId: z.string(), action: z.literal('accept') }),
  /** Do not run it; the model reads the rejection, with the reason where there is one. */
  z.object({ callId: z.string(), action: z.literal('reject'), message: z.string().nullable() }),
  /** Run it with these arguments instead (JSON text). */
  z.object({ callId: z.string(), action: z.literal('edit'), arguments: z.string() }),
  /** Do not run it; the message is its result and the model may propose again. */
  z.object({ callId: z.string(), action: z.literal('feedback'), message: z.string() }),
  /** The caller ran it; this is the output. */
  z.object({
    callId: z.string(),
    action: z.literal('output'),
    output: z.union([z.string(), z.array(ContentPart)]),
  }),
]);
export type Decision = z.infer<typeof Decision>;

/** The record of a decision: its user and time, the proposed arguments, and the arguments to run. */
export interface DecisionRecord {
  /** The user that decided: the owner of the response, or another one of its tenant. */
  userId: string;
  responseId: string;
  callId: string;
  /** The id of the call's item; null where the caller sent the output of the call. */
  itemId: string | null;
  toolName: string;
  action: Decision['action'];
  /** JSON text, as the model wrote it. */
  proposedArguments: string;
  /** Null where the decision does not run the tool. */
  runArguments: string | null;
  /** The reason or the feedback. */
  message: string | null;
  /** Milliseconds since the epoch. */
  decidedAt: number;
}
