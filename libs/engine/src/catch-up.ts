import type { Item, Response, ResponseEvent } from '@antiphon/contracts';
import { beginning } from './rebuild-events.ts';
import { leftOpen, unfinishedItem } from './unfinished-item.ts';

/**
 * The events that bring whoever knows a response as `told` to its items as they are in `actual`: what another process stored without
 * telling, and the end of items that were begun and are not kept.
 */
export function catchUp(told: Response, actual: Response): ResponseEvent[] {
  const events: ResponseEvent[] = [];
  for (const [index, item] of told.output.entries()) {
    if (item.status === 'in_progress' && actual.output[index]?.id !== item.id)
      events.push({ type: 'item.done', index, item: unfinishedItem(item, leftOpen) });
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

/** The response with the items that were told of and that nobody will finish: what they have is all there will be. */
export function keepUnfinished(response: Response, told: Response): Response {
  const open = told.output
    .slice(response.output.length)
    .filter((item) => item.status === 'in_progress')
    .map((item) => unfinishedItem(item, leftOpen));
  return open.length === 0 ? response : { ...response, output: [...response.output, ...open] };
}

/** Both come from the same columns of JSON, so equal ones are written alike. */
function isSame(a: Item, b: Item): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
