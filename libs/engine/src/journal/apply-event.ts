import { addUsage, type Item, type Response, type ResponseEvent } from '@antiphon/contracts';

/**
 * Keeps a working copy in step with a run: after each of its events, `draft` is the response as of then. Deltas change nothing, since
 * what they add up to comes with `item.done`; until then the item stands there as it was added, empty and `in_progress`.
 * The draft and its `output` array are written to; items and snapshots are never.
 */
export function applyEvent(draft: Response, event: ResponseEvent): void {
  switch (event.type) {
    case 'text.delta':
    case 'refusal.delta':
    case 'reasoning.delta':
    case 'arguments.delta':
    case 'citation.added':
    case 'tool.started':
    case 'tool.finished':
      return;
    case 'item.added':
      // What stands there and after was left unfinished by an earlier runner: this takes its place.
      draft.output.length = Math.min(draft.output.length, event.index);
      placeItem(draft.output, event.index, event.item);
      return;
    case 'item.done':
    case 'item.changed':
      placeItem(draft.output, event.index, event.item);
      return;
    case 'model.retried':
      draft.output.length = Math.min(draft.output.length, event.index);
      draft.usage = addUsage(draft.usage, event.usage);
      return;
    case 'model.finished':
      draft.usage = addUsage(draft.usage, event.usage);
      draft.modelUsed = event.model;
      draft.serviceTierUsed = event.serviceTier ?? null;
      return;
    default:
      Object.assign(draft, snapshot(event.response));
  }
}

/** A response that later events do not reach. Items are shared: they are replaced, never written to. */
export function snapshot(response: Response): Response {
  return { ...response, output: [...response.output] };
}

function placeItem(output: Item[], index: number, item: Item): void {
  if (index > output.length) throw new RangeError(`item ${index} comes before item ${output.length}`);
  output[index] = item;
}
