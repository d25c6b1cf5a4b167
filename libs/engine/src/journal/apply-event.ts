import {
  addUsage,
  type Item,
  type ModelFinishedEvent,
  type Response,
  type ResponseEvent,
} from '@antiphon/contracts';

/**
 * Applies an event of a run to `draft`, a working copy of the response. Deltas change nothing: their sum comes with `item.done`, and until
 * then the item stays as it was added, empty and `in_progress`. Writes to the draft and its `output` array, never to items or snapshots.
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
      // Items from this index on were left unfinished by an earlier runner; the new item replaces them.
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
      recordTurn(draft, event, null);
      return;
    case 'model.finished':
      recordTurn(draft, event, event.model);
      draft.usage = addUsage(draft.usage, event.usage);
      draft.modelUsed = event.model;
      draft.serviceTierUsed = event.serviceTier ?? null;
      if (event.stopSequence === undefined) delete draft.stopSequenceUsed;
      else draft.stopSequenceUsed = event.stopSequence;
      return;
    default:
      Object.assign(draft, snapshot(event.response));
  }
}

/** Adds a request for a model turn to the records of the response, where its course is known. */
export function recordTurn(
  draft: Response,
  { depth, usage, course }: Pick<ModelFinishedEvent, 'depth' | 'usage' | 'course'>,
  model: string | null,
): void {
  if (course !== undefined) draft.turns = [...(draft.turns ?? []), { depth, model, usage, ...course }];
}

/** A copy that later events do not change. Items are shared: they are replaced, never written to. */
export function snapshot(response: Response): Response {
  return { ...response, output: [...response.output] };
}

function placeItem(output: Item[], index: number, item: Item): void {
  if (index > output.length) throw new RangeError(`item ${index} comes before item ${output.length}`);
  output[index] = item;
}
