import { getJson } from '../api/http.ts';
import { isCall, messageText, type WireItem, type WireResponse } from '../api/items.ts';
import type { JsonObject } from '../api/content/prompts.ts';
import type { Run } from '../api/runs.ts';
import { isStopped, type RunView } from './run-view.ts';

const itemsMax = 100;

/** The items that a run's model read before its own output, oldest first. Instructions are a setting of the run and left out. */
export async function readBefore(id: string): Promise<WireItem[]> {
  const search = `order=desc&limit=${itemsMax}&include=message.input_image.image_url`;
  const [{ data }, response] = await Promise.all([
    getJson<{ data: WireItem[] }>(`/v1/responses/${id}/input_items?${search}`),
    getJson<WithInstructions>(`/v1/responses/${id}`),
  ]);
  return shownBefore(data.toReversed().filter((item) => !isInstructions(item, response)));
}

type WithInstructions = WireResponse & { instructions: string | null };

/** The list of a run's input begins with its instructions. */
export function isInstructions(item: WireItem, { instructions }: WithInstructions): boolean {
  return item.role === 'system' && messageText(item) === instructions;
}

/** The items of an earlier run that its conversation shows: approvals are those of their calls. */
export function shownBefore(items: readonly WireItem[]): WireItem[] {
  return items.filter((item) => item.type === 'message' || item.type === 'reasoning' || isCall(item));
}

/** The items that another run can begin with. Reasoning is sealed for its run, lists of tools are made anew, and a call that broke off has no output. */
export function sendable(items: readonly WireItem[]): WireItem[] {
  return items.filter(
    (item) =>
      item.type === 'message' ||
      item.type.endsWith('_call_output') ||
      (isCall(item) && item.status !== 'in_progress' && item.status !== 'incomplete'),
  );
}

/**
 * The part of a create that puts it after the run of a view, whose conversation is `shown`. It is the next turn of the run's conversation, if the run
 * is the last one.
 */
export async function followingRun(
  view: RunView,
  shown: readonly WireItem[],
  input: readonly JsonObject[],
): Promise<JsonObject> {
  const { id, conversationId } = view;
  if (id === null) return { input };
  if (conversationId !== null && (await isLastTurn(conversationId, id)))
    return { input, conversation: conversationId };
  // No run can follow one that was stopped: its conversation is sent again.
  if (isStopped(view)) return { input: [...sendable(shown), ...input] };
  return { input, previous_response_id: id };
}

async function isLastTurn(conversation: string, id: string): Promise<boolean> {
  const search = new URLSearchParams({ conversation, limit: '1' });
  const { data } = await getJson<{ data: Run[] }>(`/v1/runs?${search}`);
  return data[0]?.id === id;
}
