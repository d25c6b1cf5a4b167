import { z } from 'zod';
import { ContentPart } from './item.ts';

/**
 * What a caller decides about one pending call. Every dialect's spelling (tool decisions, approval responses, function outputs, tool
 * outputs) becomes this.
 */
export const Decision = z.discriminatedUnion('action', [
  /** Run it as proposed. */
  z.object({ callId: z.string(), action: z.literal('accept') }),
  /** Do not run it; the model is told, with the reason where there is one. */
  z.object({ callId: z.string(), action: z.literal('reject'), message: z.string().nullable() }),
  /** Run it with these arguments instead (JSON text). */
  z.object({ callId: z.string(), action: z.literal('edit'), arguments: z.string() }),
  /** Do not run it; the message is its result and the model may propose again. */
  z.object({ callId: z.string(), action: z.literal('feedback'), message: z.string() }),
  /** The caller ran it; this is what came out. */
  z.object({
    callId: z.string(),
    action: z.literal('output'),
    output: z.union([z.string(), z.array(ContentPart)]),
  }),
]);
export type Decision = z.infer<typeof Decision>;

/** A decision as it was taken down: who made it and when, what was proposed, and what ran instead. */
export interface DecisionRecord {
  userId: string;
  callId: string;
  toolName: string;
  action: Decision['action'];
  /** JSON text, as the model wrote it. */
  proposedArguments: string;
  /** Null where the tool was not to run. */
  runArguments: string | null;
  /** The reason or the feedback. */
  message: string | null;
  /** Milliseconds since the epoch. */
  decidedAt: number;
}
