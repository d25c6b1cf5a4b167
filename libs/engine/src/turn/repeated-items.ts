import type { ContentPart, Item } from '@antiphon/contracts';

/**
 * The items without repetitions of earlier ones: clients send items of the context back that the server keeps too. An item is a repetition
 * where its id and meaning are equal. An item with only an equal id stays, since callers may choose ids.
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

/** Compares the fields that the wire shows: an item that was sent back has no others. */
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
    case 'additional_tools':
    case 'approval_response':
    case 'compaction':
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
