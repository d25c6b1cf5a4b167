import {
  AppError,
  type ErrorInfo,
  functionCall,
  type FunctionCallItem,
  type HostedCallDelta,
  type HostedResult,
  type IdKind,
  type Item,
  type ModelDelta,
  type ResponseEvent,
} from '@antiphon/contracts';
import { outputEvents } from '../tools/call-events.ts';
import { outputOf } from '../tools/tool-images.ts';
import type { ItemDraft } from './answer-drafts.ts';

/* The calls of hosted tools that the model's provider runs itself: items with an output, which are never run here. */

/** A call that its provider runs. Its item changes as the provider reports more. */
export interface HostedDraft extends ItemDraft {
  type: 'hosted_call';
  item: FunctionCallItem;
}

/** The place of these calls in a run. */
export interface HostedPlace {
  depth: number;
  /** The items before the answer, whose size limits the images of outputs. */
  before: readonly Item[];
  newId(kind: IdKind): string;
  /** Milliseconds since the epoch. */
  now(): number;
}

/** A call that begins, and its item. */
export function begunHostedCall(
  { callId, kind, name, detail }: HostedCallDelta,
  place: HostedPlace,
): [draft: Omit<HostedDraft, keyof ItemDraft>, item: FunctionCallItem] {
  const item = functionCall({
    id: place.newId('functionCall'),
    ...{ callId, name, kind, depth: place.depth, status: 'in_progress' },
    ...{ executor: 'server', state: 'approved' },
    ...(detail && { detail }),
  });
  return [{ type: 'hosted_call', item }, item];
}

/** More of a call: arguments, detail while it runs, or its result, which ends it. */
export type HostedPiece = Extract<
  ModelDelta,
  { type: 'hosted_arguments' | 'hosted_progress' | 'hosted_result' }
>;

/** The events of a piece of a call. A result takes the next place in the output. Throws `model_error` for a call that is not under way. */
export function hostedEvents(
  draft: HostedDraft | undefined,
  piece: HostedPiece,
  place: HostedPlace & { takeIndex(): number },
): ResponseEvent[] {
  if (!draft || draft.isDone)
    throw new AppError('model_error', 'The provider reported on a call that is not under way.');
  switch (piece.type) {
    case 'hosted_arguments': {
      const { text: delta } = piece;
      if (delta === '') return [];
      draft.item = { ...draft.item, arguments: draft.item.arguments + delta };
      return [{ type: 'arguments.delta', index: draft.index, itemId: draft.id, delta }];
    }
    case 'hosted_progress':
      draft.item = {
        ...draft.item,
        state: 'started',
        startedAt: draft.item.startedAt ?? place.now(),
        ...(piece.detail && { detail: piece.detail }),
      };
      return [{ type: 'item.changed', index: draft.index, item: draft.item, isTurnOpen: true }];
    case 'hosted_result':
      return resultEvents(draft, piece.result, place.takeIndex(), place);
  }
}

/** The item of a call without a result: its answer was cut short. */
export function unfinishedHostedCall({ item }: HostedDraft, cutShort: ErrorInfo | null): FunctionCallItem {
  const error = cutShort ?? { code: 'model_error', message: 'The provider reported no result.' };
  return { ...item, status: 'incomplete', state: 'done', error };
}

function resultEvents(
  draft: HostedDraft,
  { name, detail, error, origin, ...output }: HostedResult,
  outputIndex: number,
  place: HostedPlace,
): ResponseEvent[] {
  const startedAt = draft.item.startedAt ?? place.now();
  draft.isDone = true;
  draft.item = {
    ...draft.item,
    ...(name !== undefined && { name }),
    ...(detail && { detail }),
    ...(origin && { origin }),
    ...{ status: 'completed', state: 'done', error },
    ...{ startedAt, durationMs: Math.max(0, place.now() - startedAt) },
  };
  const { index, item } = draft;
  const read = { callId: item.callId, output: outputOf(output, place.before) };
  const events = outputEvents(outputIndex, read, place);
  return [
    { type: 'item.done', index, item, isTurnOpen: true },
    ...events.map((event) => (event.type === 'item.done' ? { ...event, isTurnOpen: true as const } : event)),
  ];
}
