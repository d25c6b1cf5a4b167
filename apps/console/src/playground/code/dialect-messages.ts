import type { JsonObject } from '../../api/content/prompts.ts';

interface Form {
  /** The dialect's word for a role; null: it has none. */
  roleOf: (role: unknown) => string | null;
  /** A part of a message as a block of the dialect; null: it has none. */
  blockOf: (part: JsonObject) => JsonObject | null;
}

/** The messages of an input as blocks, and whether the dialect has a place for all of the input. A message keeps the parts that have one. */
export function messagesIn(
  input: readonly JsonObject[],
  { roleOf, blockOf }: Form,
): { messages: JsonObject[]; isWhole: boolean } {
  let isWhole = true;
  const messages = input.flatMap(({ type = 'message', role: given, content }) => {
    const role = type === 'message' ? roleOf(given) : null;
    const parts = typeof content === 'string' ? [{ text: content }] : ((content ?? []) as JsonObject[]);
    const blocks = role === null ? [] : parts.map(blockOf).filter((block) => block !== null);
    if (blocks.length === 0 || blocks.length < parts.length) isWhole = false;
    return blocks.length === 0 ? [] : [{ role, content: blocks }];
  });
  return { messages, isWhole };
}

export function textBlock({ text }: JsonObject): JsonObject | null {
  return typeof text === 'string' ? { type: 'text', text } : null;
}
