import { JsonObject, JsonValue } from '@antiphon/contracts';
import { z } from 'zod';

const textBytesMax = 10 * 1024;
const blocksMax = 10;
const messagesMax = 100;
const callsMax = 100;

const Id = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not contain control characters');

const Text = z.string().refine(isWithinBytes, 'must be at most 10 KB of text');

function isWithinBytes(text: string): boolean {
  // A text has at least as many bytes as characters, so a far too long text is refused without being encoded.
  return text.length <= textBytesMax && byteLength(text) <= textBytesMax;
}

export function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

const Transport = z.enum(['off', 'events', 'full']);
export type Transport = z.infer<typeof Transport>;

/** The body of a create, or of decisions. A field that is null counts as absent, an unknown one is refused. */
export const CreateRequest = z.strictObject({
  /** Text, messages, or decisions. */
  input: JsonValue,
  model: z
    .string()
    .max(256)
    .regex(/^[\w.-]+\/[^\s\p{Cc}]+$/u, 'must be of the form "platform/model"')
    .nullish(),
  model_settings: z
    .strictObject({
      temperature: z.number().min(0).max(2).nullish(),
      top_p: z.number().min(0).max(1).nullish(),
      presence_penalty: z.number().min(-2).max(2).nullish(),
      frequency_penalty: z.number().min(-2).max(2).nullish(),
      max_tokens: z.int().min(1).nullish(),
    })
    .nullish(),
  stream: Transport.nullish(),
  /** Runs without its client. With `stream`, its events are numbered and kept, and stay open while calls wait for decisions. Requires `store`. */
  background: z.boolean().nullish(),
  store: z.boolean().nullish(),
  disable_cache: z.boolean().nullish(),
  conversation_id: Id.nullish(),
  previous_response_id: Id.nullish(),
});
export type CreateRequest = z.infer<typeof CreateRequest>;

export const TextInput = Text.refine((text) => text.trim() !== '', 'must not be empty');

export const Entries = z.array(z.unknown()).min(1).max(messagesMax);
export const Entry = z.looseObject({ type: z.enum(['message', 'tool_decision']) });
export const EntryRole = z.looseObject({ role: z.enum(['user', 'assistant', 'tool']) });

const Blocks = z.array(z.strictObject({ type: z.literal('text'), text: Text })).max(blocksMax);

export const UserMessage = z.strictObject({
  type: z.literal('message'),
  role: z.literal('user'),
  content: Blocks.refine(
    (blocks) => blocks.some(({ text }) => text.trim() !== ''),
    'must not be empty: it needs a text',
  ),
});

export const AssistantMessage = z.strictObject({
  type: z.literal('message'),
  role: z.literal('assistant'),
  content: Blocks,
  tool_calls: z
    .array(
      z.strictObject({
        id: Id,
        name: z.string().min(1).max(128),
        args: JsonObject,
        type: z.literal('tool_call'),
      }),
    )
    .max(callsMax)
    .nullish(),
});

export const ToolMessage = z.strictObject({
  type: z.literal('message'),
  role: z.literal('tool'),
  content: Blocks.min(1),
  tool_call_id: Id,
});

export type Message =
  z.infer<typeof UserMessage> | z.infer<typeof AssistantMessage> | z.infer<typeof ToolMessage>;

export const ToolDecision = z.strictObject({
  type: z.literal('tool_decision'),
  tool_call_id: Id,
  decision: z.enum(['accept', 'reject', 'edit', 'feedback']),
  /** The reason, or what to do instead. */
  message: Text.nullish(),
  /** The arguments to run the tool with instead. */
  args: JsonObject.nullish(),
});
export type ToolDecision = z.infer<typeof ToolDecision>;

/** The query of a retrieve: the response, or the events of its run after the one of the number `starting_after`. */
export const RetrieveQuery = z.object({
  stream: Transport.optional(),
  starting_after: z
    .string({ error: 'must be a whole number that is not negative' })
    .regex(/^\d{1,15}$/, 'must be a whole number that is not negative')
    .optional(),
});

/** The query of a list of conversations: newest first, those after the one with this id. */
export const ConversationsQuery = z.object({
  limit: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'must be a whole number from 1 to 100')
    .optional(),
  after: Id.optional(),
});
