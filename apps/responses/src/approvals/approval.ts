import {
  type DecisionRecord,
  type FunctionCallItem,
  isFinal,
  isRejected,
  type Response,
  textOf,
} from '@antiphon/contracts';

/** A call that waits for approval, or did until a decision, with what its run says about it. */
export interface CallToDecide {
  response: Response;
  call: FunctionCallItem;
  /** What the model said before the call in the same turn; null where it said nothing. */
  why: string | null;
  /** Null: the call waits. */
  decision: DecisionRecord | null;
}

export interface Approval extends CallToDecide {
  /** Until when the run waits, in milliseconds since the epoch; null where it has no end, or does not wait. */
  expiresAt: number | null;
  /** The last edit of a call of the same tool in the same run or conversation, before this one. */
  earlier: DecisionRecord | null;
}

/**
 * The calls of a response that wait for approval, in their order. Those of a run that carries out another call after a decision wait, too, for its
 * next pause.
 */
export function waitingIn(response: Response): CallToDecide[] {
  if (isFinal(response.status)) return [];
  return response.output.flatMap((item) =>
    item.type === 'function_call' && item.state === 'pending_approval'
      ? [{ response, call: item, why: textBefore(response, item), decision: null }]
      : [],
  );
}

/** The decided call; null where the response has no such call. */
export function decidedIn(response: Response, decision: DecisionRecord): CallToDecide | null {
  const call = response.output.find(
    (item): item is FunctionCallItem => item.type === 'function_call' && item.id === decision.itemId,
  );
  return call ? { response, call, why: textBefore(response, call), decision } : null;
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
