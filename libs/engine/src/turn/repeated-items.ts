import type { ContentPart, Item } from '@antiphon/contracts';

/**
 * The items without those that stand before already: clients send items of the context back which the server keeps as well. An item is
 * another's repetition where id and meaning are the same. What only bears the same id, as items that callers name themselves may, stays.
 */
export function withoutRepeats(items: readonly Item[]): Item[] {
  const seen = new Map<string, Item[]>();
  return items.filter((item) => {
    const namesakes = seen.get(item.id) ?? [];
    if (namesakes.some((other) => meansTheSame(item, other))) return false;
    seen.set(item.id, [...namesakes, item]);
    return true;
  });
}

/** Compares what the wire shows: an item that was sent back has lost the rest. */
function meansTheSame(item: Item, other: Item): boolean {
  switch (item.type) {
    case 'message':
      return (
        other.type === item.type &&
        other.role === item.role &&
        other.content.length === item.content.length &&
        item.content.every((part, place) => substanceOf(part) === substanceOf(other.content[place]))
      );
    case 'function_call':
    case 'function_call_output':
      return other.type === item.type && other.callId === item.callId;
    case 'reasoning':
    case 'mcp_list_tools':
    case 'approval_response':
      return other.type === item.type;
  }
}

function substanceOf(part: ContentPart | undefined): string | undefined {
  switch (part?.type) {
    case 'text':
      return part.text;
    case 'refusal':
      return part.refusal;
    case 'image':
    case 'file':
      return part.url;
    case 'audio':
      return part.data;
    case undefined:
      return undefined;
  }
}
