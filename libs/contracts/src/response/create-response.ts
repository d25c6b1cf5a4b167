import { z } from 'zod';
import { type ContentPart, Item } from './item.ts';
import { Response } from './response.ts';
import { NamedServer } from './tool.ts';

/** An item of the caller by its id, in any response or conversation. */
export const ItemReference = z.object({ type: z.literal('item_reference'), id: z.string() });
export type ItemReference = z.infer<typeof ItemReference>;

/** A sealed compaction that its caller sends back. */
export const SealedCompaction = z.object({
  type: z.literal('sealed_compaction'),
  id: z.string(),
  sealed: z.string(),
});
export type SealedCompaction = z.infer<typeof SealedCompaction>;

/** A sealed thought that its caller sends back. */
export const SealedThought = z.object({
  type: z.literal('sealed_reasoning'),
  id: z.string(),
  sealed: z.string(),
  /** As in `ReasoningItem`. */
  isSummary: z.boolean().optional(),
});
export type SealedThought = z.infer<typeof SealedThought>;

/** An entry of a request's input: an item, or a reference that is resolved into items. */
export const InputItem = z.union([Item, ItemReference, SealedCompaction, SealedThought]);
export type InputItem = z.infer<typeof InputItem>;

/** The parts of a message or of a tool's output; none where the output is text. */
export function partsOf(item: InputItem): readonly ContentPart[] {
  if (item.type === 'message') return item.content;
  return item.type === 'function_call_output' && typeof item.output !== 'string' ? item.output : [];
}

/** The neutral form of a create: the fields of a response that its request sets. */
export const CreateResponse = Response.pick({
  dialect: true,
  model: true,
  inputForm: true,
  rawInput: true,
  instructions: true,
  serverTools: true,
  defersServerTools: true,
  requiresServerTools: true,
  approval: true,
  clientTools: true,
  hostedTools: true,
  include: true,
  toolChoice: true,
  settings: true,
  allowedTools: true,
  toolCallsMax: true,
  sealsReasoning: true,
  compacts: true,
  keepsContext: true,
  outputCheck: true,
  prompt: true,
  depthMax: true,
  onPause: true,
  metadata: true,
  webhookUrl: true,
  conversationId: true,
  previousResponseId: true,
  background: true,
  stored: true,
}).extend({
  input: z.array(InputItem),
  requestServers: z.array(NamedServer),
  /** The tools of types that this system does not have: their places, and what is wrong as the end of a sentence. Absent: none. */
  unsupportedTools: z
    .array(z.object({ path: z.array(z.union([z.string(), z.number()])), complaint: z.string() }))
    .optional(),
});
export type CreateResponse = z.infer<typeof CreateResponse>;
