import type { FunctionCallItem, Item } from '@antiphon/contracts';

/** The calls from a position on that only reasoning separates, and the position of the last one. */
export function adjacentCalls(
  items: readonly Item[],
  position: number,
): { calls: FunctionCallItem[]; last: number } {
  const calls: FunctionCallItem[] = [];
  let last = position;
  for (let next = position; next < items.length; next++) {
    const item = items[next];
    if (item?.type === 'function_call') {
      calls.push(item);
      last = next;
    } else if (item?.type !== 'reasoning') break;
  }
  return { calls, last };
}
