import type { Item, Response, ResponseEvent } from '@antiphon/contracts';
import { beginning } from './rebuild-events.ts';
import { abandonedItem, leftOpen } from './unfinished-item.ts';

/**
 * The events that bring a reader who knows a response as `told` to its items as they are in `actual`: what another process stored
 * without an event, and the end of the items of a turn that is not kept.
 */
export function catchUp(told: Response, actual: Response): ResponseEvent[] {
  const events: ResponseEvent[] = [];
  for (const [index, item] of told.output.entries()) {
    if (actual.output[index]?.id === item.id) continue;
    const left = abandonedItem(item, leftOpen);
    if (item.status === 'in_progress') events.push({ type: 'item.done', index, item: left });
    else if (left.type === 'function_call' && left !== item)
      events.push({ type: 'item.changed', index, item: left });
  }
  for (const [index, item] of actual.output.entries()) {
    const known = told.output[index];
    if (known?.id !== item.id) {
      events.push({ type: 'item.added', index, item: beginning(item) }, { type: 'item.done', index, item });
    } else if (known.status === 'in_progress') {
      if (item.status !== 'in_progress') events.push({ type: 'item.done', index, item });
    } else if (item.type === 'function_call' && !isSame(known, item)) {
      events.push({ type: 'item.changed', index, item });
    }
  }
  return events;
}

/** The response with the items of a turn that its readers know and that is not finished any more. */
export function keepUnfinished(response: Response, told: Response): Response {
  const left = told.output.slice(response.output.length).map((item) => abandonedItem(item, leftOpen));
  return left.length === 0 ? response : { ...response, output: [...response.output, ...left] };
}

/** Both come from the same columns of JSON, so equal ones are written alike. */
function isSame(a: Item, b: Item): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
