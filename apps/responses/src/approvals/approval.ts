import {
  type DecisionRecord,
  type FunctionCallItem,
  isRejected,
  type Response,
  textOf,
} from '@antiphon/contracts';

/** A call that waits for approval, or did until a decision. */
export interface Approval {
  response: Response;
  call: FunctionCallItem;
  /** What the model said before the call in the same turn; null where it said nothing. */
  assistantText: string | null;
  /** Null: the call waits. */
  decision: DecisionRecord | null;
}

/** The calls of a paused response that wait for approval, in their order. */
export function waitingIn(response: Response): Approval[] {
  if (response.status !== 'requires_action') return [];
  return response.output.flatMap((item) =>
    item.type === 'function_call' && item.state === 'pending_approval'
      ? [{ response, call: item, assistantText: textBefore(response, item), decision: null }]
      : [],
  );
}

/** The approval of a decided call; null where the response has no such call. */
export function decidedIn(response: Response, decision: DecisionRecord): Approval | null {
  const call = response.output.find(
    (item): item is FunctionCallItem => item.type === 'function_call' && item.id === decision.itemId,
  );
  return call ? { response, call, assistantText: textBefore(response, call), decision } : null;
}

/**
 * Whether a paused run can go on with a decision alone. Where a response was handed back, its access to MCP servers of the request was dropped:
 * only the next request brings it again.
 */
export function canGoOn({ onPause, requestServers }: Response): boolean {
  return onPause !== 'hand_back' || requestServers.every(({ origin }) => origin === null);
}

function textBefore({ output }: Response, call: FunctionCallItem): string | null {
  const before = output.slice(0, output.indexOf(call));
  const begin = before.findLastIndex(({ type }) => type === 'function_call_output') + 1;
  const texts = before
    .slice(begin)
    .flatMap((item) => (item.type === 'message' && !isRejected(item) ? [textOf(item.content)] : []));
  return texts.join('\n') || null;
}
