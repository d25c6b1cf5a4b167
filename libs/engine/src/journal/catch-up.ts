import type { Item, Response, ResponseEvent } from '@antiphon/contracts';
import { beginning } from './rebuild-events.ts';
import { abandonedItem, leftOpen } from './unfinished-item.ts';

/**
 * The events that bring a reader from the items of `known` to those of `actual`: items that another process stored without an event, and
 * the end of the items of an abandoned turn.
 */
export function catchUp(known: Response, actual: Response): ResponseEvent[] {
  const events: ResponseEvent[] = [];
  for (const [index, item] of known.output.entries()) {
    if (actual.output[index]?.id === item.id) continue;
    const left = abandonedItem(item, leftOpen);
    if (item.status === 'in_progress') events.push({ type: 'item.done', index, item: left });
    else if (left.type === 'function_call' && left !== item)
      events.push({ type: 'item.changed', index, item: left });
  }
  for (const [index, item] of actual.output.entries()) {
    const earlier = known.output[index];
    if (earlier?.id !== item.id) {
      events.push({ type: 'item.added', index, item: beginning(item) }, { type: 'item.done', index, item });
    } else if (earlier.status === 'in_progress') {
      if (item.status !== 'in_progress') events.push({ type: 'item.done', index, item });
    } else if (item.type === 'function_call' && !isSame(earlier, item)) {
      events.push({ type: 'item.changed', index, item });
    }
  }
  return events;
}

/** The response with the items of an abandoned turn that its readers have received. */
export function keepUnfinished(response: Response, known: Response): Response {
  const left = known.output.slice(response.output.length).map((item) => abandonedItem(item, leftOpen));
  return left.length === 0 ? response : { ...response, output: [...response.output, ...left] };
}

/** Both come from the same JSON column, so equal items have equal text. */
function isSame(a: Item, b: Item): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
