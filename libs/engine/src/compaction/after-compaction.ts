import type { CompactionItem, Item } from '@antiphon/contracts';

/**
 * The context as it is after its last compaction, whose summary replaces every earlier item but the messages of the caller and of the
 * operator.
 */
export function afterCompaction(items: readonly Item[]): readonly Item[] {
  const last = items.findLastIndex(({ type, status }) => type === 'compaction' && status === 'completed');
  return last < 0
    ? items
    : items.flatMap((item, place): Item[] => {
        if (place > last) return [item];
        if (item.type === 'compaction') return place === last ? [summaryMessage(item)] : [];
        return item.type === 'message' && item.role !== 'assistant' ? [item] : [];
      });
}

/** A message of the user, not an instruction: the summary may quote a web page or a tool. */
function summaryMessage({ id, text: summary }: CompactionItem): Item {
  const text = `What was said before, summed up:\n\n${summary}`;
  return { type: 'message', id, role: 'user', content: [{ type: 'text', text }], status: 'completed' };
}
